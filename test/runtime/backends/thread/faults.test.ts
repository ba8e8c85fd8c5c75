// What a module in a thread does to itself, nobody else notices, and it comes back.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { postMany } from '../../post.ts';
import { call, SDKS, stateOf, threadHost } from './thread-host.ts';

/** Ends of a thread: the tool, further keys, and the word that its callers get. */
const ENDS = [
  {
    what: 'an endless loop',
    tool: 'loop',
    host: 'blockedTimeoutMs: 1000',
    settings: '',
    word: 'server-blocked',
    line: 'blocked its event loop',
  },
  {
    what: 'a heap that grows for ever',
    tool: 'fill-heap',
    host: '',
    settings: 'memoryMb: 64',
    word: 'server-out-of-memory',
    line: 'grew beyond 64 MB',
  },
  {
    what: 'process.exit',
    tool: 'exit',
    host: '',
    settings: '',
    word: 'server-exited',
    line: 'exit code 3',
  },
  {
    what: 'an error that nothing catches',
    tool: 'throw-later',
    host: '',
    settings: '',
    word: 'server-exited',
    line: 'nobody catches this',
  },
  {
    what: 'a global that spoils its messages',
    tool: 'change-json',
    host: '',
    settings: '',
    word: 'server-exited',
    line: 'a message that the host cannot read',
  },
] as const;

describe.each(SDKS)('%s', (sdk) => {
  const mount = `${sdk}-shared`;
  const start = async (hostSettings = '', settings = '') => {
    const mounts = [mount, 'v1-fresh'];
    const host = await threadHost({ mounts, settings, host: hostSettings });
    return { ...host, at: `${host.url}/${mount}/mcp` };
  };

  it.each(ENDS)('$what fails the calls of its server alone, which is back at once', async (end) => {
    const { url, at, logs } = await start(end.host, end.settings);
    const waiting = call(at, 'legacy', 'ignore-abort');
    await call(at, 'legacy', 'echo', { text: 'x' });
    let isOver = false;
    const ending = call(at, 'modern', end.tool).finally(() => {
      isOver = true;
    });
    const answers: (string | undefined)[] = [];
    while (!isOver) {
      answers.push((await call(`${url}/beside/mcp`, 'legacy', 'echo', { text: 'b' })).text);
      answers.push((await call(`${url}/v1-fresh/mcp`, 'legacy', 'echo', { text: 'b' })).text);
    }
    const failure = { status: 502, error: { data: { reason: end.word } } };
    expect(await ending).toMatchObject(failure);
    expect(await waiting).toMatchObject(failure);
    expect(answers.filter((text) => text !== 'alpha:b' && text !== 'b')).toEqual([]);
    expect(await call(at, 'legacy', 'echo', { text: 'back' })).toMatchObject({ text: 'back' });
    expect(await stateOf(url, mount)).toMatchObject({ status: 'serving' });
    expect(logs.some((line) => JSON.stringify(line).includes(end.line))).toBe(true);
  });

  it('what it prints becomes lines of the log with its name', async () => {
    const { at, logs } = await start();
    await call(at, 'legacy', 'print');
    for (const [stream, msg] of [
      ['stdout', 'printed to stdout'],
      ['stderr', 'printed to stderr'],
      ['stdout', 'half a line'],
    ]) {
      await eventually(() =>
        expect(logs).toContainEqual(expect.objectContaining({ server: mount, stream, msg })),
      );
    }
  });

  it('globals and variables that it changes are its own', async () => {
    const { url, at } = await start();
    await call(at, 'legacy', 'change-globals');
    expect(({} as { spoiled?: unknown }).spoiled).toBeUndefined();
    expect([1].map((each) => each)).toEqual([1]);
    expect(process.env.SPOILED).toBeUndefined();
    const beside = await call(`${url}/beside/mcp`, 'modern', 'echo', { text: 'b' });
    expect(beside).toMatchObject({ text: 'alpha:b' });
  });

  it('the data that the host starts it with is hidden', async () => {
    const { at } = await start();
    expect(await call(at, 'legacy', 'host-data')).toMatchObject({ text: 'null' });
  });

  it('a rejection that nobody awaits is logged and harms nobody', async () => {
    const { at, logs } = await start();
    await call(at, 'legacy', 'reject-later');
    await eventually(() =>
      expect(logs).toContainEqual(
        expect.objectContaining({ level: 'error', server: mount, msg: 'unhandled rejection' }),
      ),
    );
    expect(await call(at, 'legacy', 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
    expect(logs.filter(({ msg }) => String(msg).includes('thread of the server'))).toEqual([]);
  });

  it('standard input is silent, and reading it an error of its own', async () => {
    const { at } = await start();
    expect((await call(at, 'legacy', 'read-stdin')).text).toContain('standard input');
  });

  it('a native call that blocks for a while is ended, and no second thread starts beside it', async () => {
    const { url, at } = await start('blockedTimeoutMs: 1000');
    const blocking = call(at, 'legacy', 'block-natively', { delayMs: 4_000 });
    const blocked = { status: 502, error: { data: { reason: 'server-blocked' } } };
    expect(await blocking).toMatchObject(blocked);
    // Waits until the first thread is gone.
    const back = await call(at, 'legacy', 'echo', { text: 'back' });
    expect(back).toMatchObject({ text: 'back' });
    expect(await stateOf(url, mount)).toMatchObject({ status: 'serving' });
  });

  it('a native call that does not return leaves the server stuck', async () => {
    const { url, at, logs } = await start('blockedTimeoutMs: 1000');
    await call(at, 'legacy', 'block-natively', { delayMs: 12_000 });
    expect(await call(at, 'legacy', 'echo', { text: 'x' })).toMatchObject({ status: 503 });
    expect(await stateOf(url, mount)).toMatchObject({ status: 'unavailable', reason: 'stuck' });
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'stuck' }));
    const lost: unknown[] = [];
    await postMany(50, 5, async () => {
      const { text } = await call(`${url}/beside/mcp`, 'legacy', 'echo', { text: 'b' });
      if (text !== 'alpha:b') lost.push(text);
    });
    expect(lost).toEqual([]);
  });
});
