// Callers that leave at any moment of a call, in each isolation: the callers who stay get their own
// answers, and nothing is left in flight.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { turns, until } from '../../turns.ts';
import { unhandledErrors } from '../../unhandled-errors.ts';
import { openSocket, postBytes } from '../mount/http/raw-socket.ts';
import { post } from '../post.ts';
import { startHost } from '../start-host.ts';
import { startUpstream } from './url/upstreams.ts';

const TRIES = 200;
const AT_ONCE = 10;

/** Keys of the entry, and the arguments of its `echo` that make it answer with a text. */
const KINDS = [
  ['a module', () => ({ module: './thread-v1.mjs', instance: 'shared' })],
  [
    'a module in a thread',
    () => ({ module: './thread-v1.mjs', isolation: 'thread', instance: 'shared' }),
  ],
  ['a program', () => ({ command: 'node', args: ['../programs/mcp.mjs'], instance: 'shared' })],
  [
    'a server at a URL',
    async () => ({ url: (await startUpstream('v1 stateless')).url, instance: 'shared' }),
  ],
] as const;

const echo = (text: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text, value: text } },
});

describe.each(KINDS)('200 callers of %s who leave at any moment', (_kind, entry) => {
  it('harm nobody who stays, and leave nothing in flight', async () => {
    const errors = unhandledErrors();
    const host = await startHost({
      listen: true,
      yaml: `defaults: { auth: anonymous }\nservers:\n  one: ${JSON.stringify(await entry())}\n`,
    });
    const url = `${host.url}/one/mcp`;
    expect(await post(url, echo('first'))).toMatchObject({ text: 'first' });
    const leave = async (number: number): Promise<void> => {
      const bytes = postBytes('/one/mcp', JSON.stringify(echo(`leaves ${number}`)));
      const { socket } = openSocket(host.url, bytes);
      const moment = (number * 7_919) % 12;
      const answered = once(socket, 'data').catch(() => {});
      await (moment === 11 ? answered : Promise.race([answered, turns(moment * moment)]));
      if (number % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    };
    for (let number = 0; number < TRIES; number += AT_ONCE) {
      const leaving = Array.from({ length: AT_ONCE }, (_, offset) => leave(number + offset));
      const staying = await post(url, echo(`stays ${number}`));
      expect(staying).toMatchObject({ status: 200, id: 1, text: `stays ${number}` });
      await Promise.all(leaving);
    }
    await until(() => host.servers.every(({ inFlight }) => inFlight.size === 0));
    expect(host.logs.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(errors).toEqual([]);
  }, 60_000);
});
