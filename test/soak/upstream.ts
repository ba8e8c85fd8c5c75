// A server that runs elsewhere, for entries with `url`: it can go away and come back.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from '../e2e/free-port.ts';
import { atEnd } from './cleanup.ts';
import { type Sdk, upstreamArguments } from './host-folder.ts';

export interface Upstream {
  readonly url: string;
  /** Ends it without a word. */
  leave(): Promise<void>;
  /** Listens again at the same address. */
  comeBack(): Promise<void>;
}

export async function startUpstream(name: string, sdk: Sdk): Promise<Upstream> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const upstream: Upstream = {
    url: `http://127.0.0.1:${port}/mcp`,
    async leave() {
      if (!child) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async comeBack() {
      child = spawn(process.execPath, upstreamArguments(sdk), {
        env: { ...process.env, PORT: String(port), SOAK_NAME: name },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const forget = atEnd(() => child?.kill('SIGKILL'));
      child.once('exit', forget);
      const lines = createInterface({ input: child.stderr as NonNullable<typeof child.stderr> });
      const [line] = await Promise.race([
        once(lines, 'line'),
        once(child, 'exit').then(([code]) => [`it ended with ${code}`]),
      ]);
      if (!String(line).startsWith('Listening')) throw new Error(`${name} did not listen: ${line}`);
    },
  };
  await upstream.comeBack();
  return upstream;
}
