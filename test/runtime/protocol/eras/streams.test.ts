// 2026-07-28: log messages for those who ask for them, and what happens when a client leaves.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import {
  callModern,
  key,
  MOUNTS,
  modernHeaders,
  modernMessage,
  seenBy,
  sharedHosts,
} from './modern.ts';
import { openStream } from './stream.ts';

const hostOf = sharedHosts();

const ALL = ['debug', 'info', 'warning', 'error'];

describe.each(MOUNTS)('%s', (mount) => {
  it.each([
    [undefined, []],
    ['debug', ALL],
    ['info', ['info', 'warning', 'error']],
    ['notice', ['warning', 'error']],
    ['error', ['error']],
    ['emergency', []],
  ])('sends a request with log level %s the messages from it on', async (level, expected) => {
    const { url } = await hostOf();
    const meta = level === undefined ? {} : { [key('logLevel')]: level };
    const { notifications } = await callModern(`${url}/${mount}/mcp`, 'log', {}, { meta });
    expect(notifications.map(({ params }) => (params as { level: string }).level)).toEqual(
      expected,
    );
  });

  it('aborts the handler of a client that leaves, and sends it nothing more', async () => {
    const { url, servers } = await hostOf();
    const seen = await seenBy(mount);
    const before = seen.aborted;
    const options = { meta: { progressToken: 'mine' } };
    const message = modernMessage('tools/call', { name: 'wait', arguments: {} }, options);
    const stream = await openStream(`${url}/${mount}/mcp`, message, modernHeaders(message));
    expect((await stream.next())?.params).toMatchObject({ progressToken: 'mine' });
    stream.leave();
    await eventually(() => expect(seen.aborted).toBe(before + 1));
    expect(await stream.rest()).toEqual([]);
    const inFlight = () => servers.find(({ config }) => config.name === mount)?.inFlight.size;
    await eventually(() => expect(inFlight()).toBe(0));
  });
});
