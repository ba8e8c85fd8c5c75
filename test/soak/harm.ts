// A single call that does harm; what becomes of it is up to the server.

import { Agent } from 'node:http';
import { post, toolCall } from './wire.ts';

const agent = new Agent({ keepAlive: false });
const LIMIT_MS = 10_000;

/** The connection ended without a response. */
const UNANSWERED = 0;

/** @returns the status, `UNANSWERED`, or undefined when nobody listened */
export async function harm(
  url: string,
  path: string,
  tool: string,
  limitMs = LIMIT_MS,
): Promise<number | undefined> {
  const call = toolCall('2025', 'harm', tool, { text: 'harm' });
  return post({ url: url + path, agent, ...call, limitMs }).then(
    ({ status }) => status,
    ({ code }: NodeJS.ErrnoException) => (code === 'ECONNREFUSED' ? undefined : UNANSWERED),
  );
}
