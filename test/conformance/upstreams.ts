// The servers that rows with `url` name: each runs as a process of its own on a free loopback port.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { csharp, type Program } from '../fixtures/csharp-program.ts';

const HTTP_SCRIPT = 'test/fixtures/programs/http.mjs';

const onSdk = (sdk: 'v1' | 'v2'): Program => ({
  command: process.execPath,
  args: [HTTP_SCRIPT, sdk, `conformance-${sdk}.mjs`],
});

/**
 * Starts them, tells their ports by the variables of the fixtures' servers.yaml, and ends them.
 * @throws Error when one does not listen
 */
export async function withUpstreams<Result>(
  hasCsharp: boolean,
  use: (variables: Readonly<Record<string, string>>) => Promise<Result>,
): Promise<Result> {
  const programs: Record<string, Program> = {
    V1_PORT: onSdk('v1'),
    V2_PORT: onSdk('v2'),
    ...(hasCsharp && { CSHARP_PORT: csharp('http') }),
  };
  const started = Object.entries(programs).map(
    ([name, program]) => [name, start(program)] as const,
  );
  try {
    const listening = started.map(async ([name, child]) => [name, await portOf(child)] as const);
    return await use(Object.fromEntries(await Promise.all(listening)));
  } finally {
    for (const [, child] of started) child.kill('SIGKILL');
  }
}

function start({ command, args }: Program): ChildProcess {
  const env = { ...process.env, PORT: '0' };
  return spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The program says it on standard error, which is read to the end: a full pipe would block it. */
function portOf(child: ChildProcess): Promise<string> {
  const told: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr as NonNullable<typeof child.stderr> }).on(
      'line',
      (line) => {
        told.push(line);
        const url = /^Listening on (\S+)$/.exec(line)?.[1];
        if (url !== undefined) resolve(new URL(url).port);
      },
    );
    const fail = (): void =>
      reject(new Error(`${child.spawnargs.join(' ')} did not listen:\n${told.join('\n')}`));
    child.once('error', reject);
    void once(child, 'close').then(fail, fail);
  });
}
