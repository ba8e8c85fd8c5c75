// A host with many programs that are not started: what they cost its start, and that lists need none of them.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { messageTo } from './messages.ts';
import type { Mount, Mounts } from './mounts.ts';
import { launch, ROOT, SERVERS } from './target.ts';

const PROGRAMS = 20;

export const LOCKED = `the same, ${PROGRAMS} lazy commands with a lock file`;
export const UNLOCKED = `the same, ${PROGRAMS} lazy commands without one`;

export interface LazyCommands {
  /** One module and nothing else. */
  readonly none: Mount;
  readonly locked: Mount;
  readonly unlocked: Mount;
}

/** @throws when a list starts a program. */
export async function mountLazyCommands(mounts: Mounts): Promise<LazyCommands> {
  mounts.addFile(join(SERVERS, 'v2.mjs'));
  const program = mounts.addFile(join(SERVERS, 'stdio-v2.mjs'));
  const entry = `{ command: node, args: [${JSON.stringify(program)}], instance: shared }`;
  const module = { source: join(SERVERS, 'v2.mjs'), instance: 'shared', copies: 1 } as const;
  const beside = { entry, copies: PROGRAMS };
  const lazy = {
    none: mounts.add(module),
    locked: mounts.add({ ...module, beside, prepare: lock }),
    unlocked: mounts.add({ ...module, beside }),
  };
  await refuseStarts(lazy.locked);
  return lazy;
}

function lock(serversFile: string): void {
  const { status, stdout } = spawnSync(process.execPath, ['cli/mcp-host.js', 'lock'], {
    cwd: ROOT,
    env: { ...process.env, MCP_SERVERS_FILE: serversFile },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`The programs of the bench cannot be locked: ${stdout}`);
}

async function refuseStarts({ target: options, paths }: Mount): Promise<void> {
  const target = await launch(options);
  try {
    for (const path of paths) {
      const answer = await target.firstAnswer(messageTo(path, 'list', '2025'));
      if (!answer.includes('"echo"')) throw new Error(`${path} does not list its tool: ${answer}`);
    }
    const started = target.programs();
    if (started > 0)
      throw new Error(`The lists of ${paths.length} servers started ${started} processes.`);
  } finally {
    await target.stop();
  }
}
