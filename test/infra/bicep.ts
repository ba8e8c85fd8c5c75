// The real Bicep compiler, and copies of infra/ in which it works on a case's servers.yaml,
// offline. `.ci/run` installs the compiler and names it in BICEP. Elsewhere it may be missing: then
// the tests use the committed snapshots, and say that nobody checked whether they are fresh.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { writeGraphTypes } from './graph-types.ts';

const root = resolve(import.meta.dirname, '../..');

/** What the committed snapshots were made with: another version writes them another way. */
const version = readFileSync(join(root, '.ci/bicep-version'), 'utf8').trim();

/** Path of the compiler, if there is one of that version. */
export const compiler: string | undefined = findCompiler();

if (compiler === undefined) {
  process.stderr.write(
    `\ntest/infra: no Bicep ${version} here, so the template is NOT compiled, and the committed ` +
      'snapshots may be stale. bash .ci/install-bicep installs it.\n\n',
  );
}

function findCompiler(): string | undefined {
  const { BICEP, PATH = '' } = process.env;
  if (BICEP !== undefined && BICEP !== '') {
    if (versionOf(BICEP) === version) return BICEP;
    throw new Error(`BICEP: expected the path of Bicep ${version}, got ${BICEP}`);
  }
  const name = process.platform === 'win32' ? 'bicep.exe' : 'bicep';
  const folders = [
    join(root, '.cache/bicep'),
    ...PATH.split(delimiter),
    join(homedir(), '.azd/bin'),
    join(homedir(), '.azure/bin'),
  ];
  return folders
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file) && versionOf(file) === version);
}

function versionOf(file: string): string | undefined {
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return /version (\S+)/.exec(stdout ?? '')?.[1];
}

/** A copy of infra/ beside a servers.yaml. */
export interface Template {
  readonly folder: string;
  /** Replaces a word, everywhere in one file of the copy. */
  change(file: string, from: string, to: string): void;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Outcome;
  remove(): void;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Copies what the compiler reads. @param serversYaml text of the servers.yaml beside it */
export function copyTemplate(serversYaml: string): Template {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-infra-'));
  cpSync(join(root, 'infra'), join(folder, 'infra'), { recursive: true });
  mkdirSync(join(folder, 'test/infra'), { recursive: true });
  const parameters = 'test/infra/snapshot.bicepparam';
  copyFileSync(join(root, parameters), join(folder, parameters));
  writeFileSync(join(folder, 'servers.yaml'), serversYaml);
  return {
    folder,
    change(file, from, to) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
      writeFileSync(path, text.replaceAll(from, to));
    },
    run: (args, env = {}) => run(args, folder, env),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The package of graph-types.ts; infra/graph.tgz is one of its kind. */
export function packGraphTypes(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-graph-'));
  try {
    const target = join(folder, 'graph.tgz');
    const args = ['publish-extension', writeGraphTypes(folder), '--target', target];
    const { status, stderr } = run(args, folder, {});
    if (status !== 0) throw new Error(`bicep publish-extension: ${stderr}`);
    return readFileSync(target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Outcome {
  if (compiler === undefined) throw new Error('No Bicep compiler');
  const { PATH, HOME, USERPROFILE, SystemRoot, TEMP } = process.env;
  const options = { cwd, env: { PATH, HOME, USERPROFILE, SystemRoot, TEMP, ...env } };
  return spawnSync(compiler, args, { ...options, encoding: 'utf8', maxBuffer: 1e8 });
}

/** A deployment that never happens: the ids are what the predicted resources are named after. */
const place = [
  ...['--subscription-id', '00000000-0000-0000-0000-000000000001'],
  ...['--tenant-id', '00000000-0000-0000-0000-000000000002'],
  ...['--location', 'swedencentral'],
];

/** Where `bicep snapshot` reads and writes, in a copy. */
export const snapshotFile = 'test/infra/snapshot.snapshot.json';

/** Predicts the resources of a copy, or compares them with the snapshot that lies there. */
export function predict(
  template: Template,
  mode: 'overwrite' | 'validate',
  env: Readonly<Record<string, string>>,
): Outcome {
  return template.run(
    ['snapshot', 'test/infra/snapshot.bicepparam', '--mode', mode, ...place],
    env,
  );
}
