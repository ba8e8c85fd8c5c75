// A single call that does harm; what becomes of it is up to the server.

import { Agent } from 'node:http';
import { post, toolCall } from './wire.ts';

const agent = new Agent({ keepAlive: false });
const LIMIT_MS = 10_000;

/** @returns whether it reached the host: any response, or a connection that ended in between */
export async function harm(
  url: string,
  path: string,
  tool: string,
  limitMs = LIMIT_MS,
): Promise<boolean> {
  const call = toolCall('2025', 'harm', tool, { text: 'harm' });
  const sent = post({ url: url + path, agent, ...call, limitMs });
  return sent.then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ECONNREFUSED',
  );
}
