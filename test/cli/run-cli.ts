// Runs command lines in a folder of the test's own: in this process, which is quick, or as a person
// would.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCommandLine } from '../../cli/main.ts';

/** The command line as npm runs it; built before the tests (vitest.config.ts). */
export const cliScript = resolve('cli/mcp-host.js');

export interface CliRun {
  readonly code: number | null;
  /** Lines of stdout. */
  readonly out: readonly string[];
  /** Lines of stderr. */
  readonly err: readonly string[];
}

export interface CliOptions {
  /** Default: this repository. */
  readonly folder?: string;
  /** All variables beside PATH; nothing is inherited. */
  readonly env?: NodeJS.ProcessEnv;
  /** What a person answers, in this process: the questions that are asked, and `''` for Enter. */
  readonly answer?: (question: string) => string;
}

/** Runs a command line in this process. */
export async function runCli(
  args: readonly string[],
  { folder = '.', env = {}, answer }: CliOptions = {},
): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const before = { folder: process.cwd(), env: process.env };
  const restore = () => {
    process.chdir(before.folder);
    process.env = before.env;
  };
  // A test that runs out of time leaves the command running.
  onTestFinished(restore);
  process.chdir(folder);
  process.env = { PATH: before.env.PATH, ...env };
  try {
    const code = await runCommandLine(args, {
      print: (text) => out.push(...text.split('\n')),
      remark: (text) => err.push(...text.split('\n')),
      ...(answer && { ask: async (question: string) => answer(question) }),
    });
    return { code, out, err };
  } finally {
    restore();
  }
}

/** Runs the compiled command line in a process of its own. */
export function spawnCli(
  args: readonly string[],
  { folder = '.', env = {} }: CliOptions = {},
): CliRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliScript, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { code: status, out: lines(stdout), err: lines(stderr) };
}

function lines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** A folder with these files, gone after the test. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-cli-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

export const goodServers = `servers:
  notes:
    module: ./notes.js
  tasks:
    module: ./tasks.js
    auth: entra
  drafts:
    module: ./drafts.js
    enabled: false
`;
