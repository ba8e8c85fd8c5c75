// A program whose file lacks the execute bit, and cannot be given one, is started as a copy.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Program } from '../../../config/program.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

/**
 * @returns the program as it can be started. A file is copied once for each content; what lies
 * beside it is found beside the copy.
 */
export function executable(program: Program, folder: TemporaryFolder): Program {
  if (!program.isToBeCopied) return program;
  const { file, args } = program;
  const key = createHash('sha256').update(file).update(readFileSync(file)).digest('hex');
  const target = join(folder.path(), key.slice(0, 32));
  const copy = join(target, basename(file));
  if (!existsSync(copy)) copyInto(target, file);
  return { file: copy, args };
}

function copyInto(target: string, file: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(dirname(file))) {
    const link = join(target, name);
    if (name !== basename(file) && !existsSync(link)) symlinkSync(join(dirname(file), name), link);
  }
  // Under its name only when it is whole.
  const draft = join(target, `.${basename(file)}.copy`);
  copyFileSync(file, draft);
  chmodSync(draft, 0o755);
  renameSync(draft, join(target, basename(file)));
}
