// A file of a client's owner: read whole or refused, and replaced whole or left as it was.

import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What a file holds now. */
export interface FileText {
  /** The file itself, where the name is a symbolic link. */
  readonly file: string;
  readonly isLink: boolean;
  /** Without a byte order mark: it is not valid JSON, and no client needs it. Empty when there is no file. */
  readonly text: string;
  /** undefined when there is no file yet. */
  readonly bytes: Buffer | undefined;
}

/** @throws Error that names the file, what is wrong with it and the fix */
export function readTarget(name: string): FileText {
  return explained(name, () => {
    const file = followLink(name);
    const stats = statSync(file, { throwIfNoEntry: false });
    const isLink = file !== name;
    if (stats === undefined) return { file, isLink, text: '', bytes: undefined };
    if (stats.isDirectory()) refuse(name, 'is a folder', 'name a file in it');
    if (!stats.isFile()) refuse(name, 'is not a regular file', 'name another file');
    const bytes = readFileSync(file);
    return { file, isLink, text: decode(name, bytes), bytes };
  });
}

/**
 * Writes beside the file and renames, so that a reader sees the old text or the new one, and a failure leaves the old.
 * @throws Error also when somebody else has written the file since it was read
 */
export function replaceTarget(name: string, { file, bytes }: FileText, text: string): void {
  explained(name, () => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined) checkWritable(name, file, stats);
    mkdirSync(dirname(file), { recursive: true });
    const draft = `${file}.${randomUUID()}.tmp`;
    try {
      writeDraft(draft, text, stats);
      checkUnchanged(name, file, bytes);
      renameSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

/** @throws Error as {@link replaceTarget}; the file is then still there */
export function deleteTarget(name: string, { file, bytes }: FileText): void {
  explained(name, () => {
    checkWritable(name, file, statSync(file));
    checkUnchanged(name, file, bytes);
    rmSync(file);
  });
}

function checkUnchanged(name: string, file: string, bytes: Buffer | undefined): void {
  const now = statSync(file, { throwIfNoEntry: false }) && readFileSync(file);
  const isSame = now === undefined ? bytes === undefined : bytes?.equals(now);
  if (!isSame)
    refuse(name, 'was changed by another program in the meantime', 'run this command again');
}

function followLink(name: string): string {
  const isLink = lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink) return name;
  if (statSync(name, { throwIfNoEntry: false }) === undefined) {
    refuse(name, 'is a link to a file that does not exist', 'create that file, or delete the link');
  }
  return realpathSync(name);
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(name, 'is not UTF-8 text', 'save it as UTF-8');
  }
}

/** Renaming needs no right to the file itself, so the right is looked at here; root may write everything. */
function checkWritable(name: string, file: string, { mode }: Stats): void {
  const isReadOnly = (mode & 0o222) === 0;
  if (isReadOnly) refuse(name, 'is read-only', 'make it writable, or print the entries instead');
  accessSync(file, constants.W_OK);
}

function writeDraft(draft: string, text: string, stats: Stats | undefined): void {
  const descriptor = openSync(draft, 'wx', stats === undefined ? 0o666 : 0o600);
  try {
    writeFileSync(descriptor, text);
    if (stats !== undefined) keepRights(descriptor, stats);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function keepRights(descriptor: number, { uid, gid, mode }: Stats): void {
  const own = fstatSync(descriptor);
  if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid, gid);
  // Last: a change of the owner takes special bits of the mode away.
  fchmodSync(descriptor, mode & 0o7777);
}

function refuse(name: string, problem: string, fix: string): never {
  throw new Error(`${name} ${problem}; nothing was changed. Fix: ${fix}`);
}

const FAILURES: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    'EACCES',
    [
      'cannot be read or written by your user',
      'change its permissions, or print the entries instead',
    ],
  ],
  ['EPERM', ['cannot be replaced by your user', 'change its permissions, or close the client']],
  ['EROFS', ['is on a read-only file system', 'print the entries instead']],
  ['ENOSPC', ['cannot be written: the disk is full', 'free some disk space']],
  ['EDQUOT', ['cannot be written: your disk quota is used up', 'free some disk space']],
  [
    'EFBIG',
    ['cannot be written: it would exceed the maximum file size', 'raise the limit (ulimit -f)'],
  ],
  ['ENOTDIR', ['is below something that is not a folder', 'name another file']],
  ['EEXIST', ['is below something that is not a folder', 'name another file']],
  ['ELOOP', ['is a link that leads back to itself', 'delete the link']],
]);

/** Of the system's errors, one line with the fix. */
function explained<Result>(name: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === '') throw error;
    const [problem, fix] = FAILURES.get(code) ?? [
      'cannot be read or written',
      'look up the error code',
    ];
    throw new Error(`${name} ${problem} (${code}); nothing was changed. Fix: ${fix}`, {
      cause: error,
    });
  }
}
