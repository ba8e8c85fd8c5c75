// What callers make the process hold is bounded: parked calls and bodies of one server take their
// share and no more, the caller that holds most makes room, and other servers are called as ever.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import {
  ADA,
  again,
  answered,
  begin,
  callLegacy,
  callOf,
  type Round,
  shakeHands,
} from '../../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { openSocket } from '../http/raw-socket.ts';
import { expectRefusal } from '../http/refusal.ts';
import { as, echo, held, VERIFIED } from './callers.ts';

const MB = 1_000_000;

/** One server may hold 8 MiB, all together 16 MiB. */
const host = (): Promise<TestHost> =>
  startHost({
    listen: true,
    environment: VERIFIED,
    yaml: `
host: { bufferedMb: 16 }
defaults: { auth: anonymous }
servers:
  asking: { module: ./questions-v1.mjs, instance: shared }
  plain: { module: ./questions-v1.mjs, export: createPlainServer }
  other: { module: ./kernel-v1.mjs }
`,
  });

/** A call that waits for its client with 1 MB of arguments. */
const park = (url: string, caller: string, pay = 'x'.repeat(MB)): Promise<Round> =>
  begin(callOf(url, 'form', { pay }), { headers: as(caller) });

const finish = (url: string, caller: string, round: Round, pay = 'x'.repeat(MB)): Promise<Round> =>
  again(
    callOf(url, 'form', { pay }),
    answered(round, () => ADA),
    { headers: as(caller) },
  );

describe('parked calls', () => {
  it('hold their arguments once, and nothing once they are answered', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    const round = await park(url, 'ada');
    await eventually(async () => {
      const { waiting, heldBytes, servers } = await held(running);
      expect(waiting).toBe(1);
      expect(heldBytes).toBeGreaterThan(MB);
      expect(heldBytes).toBeLessThan(1.1 * MB);
      expect(servers[0]).toMatchObject({ name: 'asking', waiting: 1, heldBytes });
      expect(servers[1]).toMatchObject({ name: 'plain', waiting: 0, heldBytes: 0 });
    });
    expect((await finish(url, 'ada', round)).answer.text).toBe('accept Ada');
    await eventually(async () =>
      expect(await held(running)).toMatchObject({ waiting: 0, heldBytes: 0 }),
    );
  });

  it('of the heaviest caller end first, the oldest in front, so that others pass', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    const light = await park(url, 'ada');
    const heavy: Round[] = [];
    for (let count = 0; count < 20; count += 1) {
      heavy.push(await park(url, 'eve'));
      expect(heavy.at(-1)?.answer.status).toBe(200);
    }
    const { waiting, heldBytes } = await held(running);
    expect(waiting).toBeGreaterThanOrEqual(6);
    expect(waiting).toBeLessThanOrEqual(8);
    expect(heldBytes).toBeLessThanOrEqual(8 * 1_048_576);
    const ended = await finish(url, 'eve', heavy[0] as Round);
    expectRefusal(ended.answer, { status: 503, reason: 'overloaded', id: 1 });
    expect((await finish(url, 'eve', heavy.at(-1) as Round)).answer.text).toBe('accept Ada');
    expect((await finish(url, 'ada', light)).answer.text).toBe('accept Ada');
    expect((await echo(`${running.url}/other/mcp`)).text).toBe('alpha:x');
  });

  it('of the 2025 era end with a refusal on their stream', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    const headers = await shakeHands(url, undefined, as('eve'));
    const first = await callLegacy(url, 'form', { pay: 'x'.repeat(MB) }, headers);
    expect((await first.next())?.method).toBe('elicitation/create');
    for (let count = 0; count < 8; count += 1) await park(url, 'eve');
    const messages = await first.rest();
    expect(messages.at(-1)).toMatchObject({ id: 1, error: { data: { reason: 'overloaded' } } });
  });

  it('that are ended leave no handler behind: its question is refused', async () => {
    const running = await host();
    const url = `${running.url}/plain/mcp`;
    for (let count = 0; count < 10; count += 1) await park(url, 'eve');
    await eventually(async () => expect((await held(running)).waiting).toBeLessThanOrEqual(8));
    const server = running.servers[1] as TestHost['servers'][number];
    expect(server.backend.abandonedHandlers).toBe(0);
  });

  it('count what their text holds in memory, not its bytes', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    await park(url, 'ada', `日${'x'.repeat(MB)}`);
    await eventually(async () => {
      const { heldBytes } = await held(running);
      expect(heldBytes).toBeGreaterThan(2 * MB);
      expect(heldBytes).toBeLessThan(2.1 * MB);
    });
  });
});

describe('bodies', () => {
  const head = (path: string, ...lines: string[]): string =>
    [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      ...lines,
      '',
      '',
    ].join('\r\n');

  it('that do not arrive hold their share only, and others are served and refused at once', async () => {
    const running = await host();
    const path = '/asking/mcp';
    const halves = Array.from({ length: 5 }, () =>
      openSocket(running.url, `${head(path, 'Content-Length: 1800000')}{"jsonrpc":`),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBe(4 * 1_800_000));
    // Before a byte of the body was sent.
    const refused = openSocket(running.url, head(path, 'Content-Length: 1800000'));
    expectRefusal((await refused.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    expect((await echo(`${running.url}/other/mcp`)).status).toBe(200);
    for (const { socket } of [...halves, refused]) socket.destroy();
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
  });

  it('that were let in are read to their end, however many are asked for beside them', async () => {
    const running = await host();
    const path = '/plain/mcp';
    const params = { name: 'none', arguments: { pay: 'x'.repeat(1_799_000) } };
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const start = `${head(path, `Content-Length: ${text.length}`)}${text.slice(0, 1_000_000)}`;
    const first = Array.from({ length: 4 }, () => openSocket(running.url, start));
    await eventually(async () => expect((await held(running)).heldBytes).toBe(4 * text.length));
    // Counted by what has arrived, one of the first would find no room for its rest.
    const more = Array.from({ length: 10 }, () => openSocket(running.url, start));
    for (const { answers } of more) {
      expectRefusal((await answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    }
    for (const { socket } of first) socket.write(text.slice(1_000_000));
    for (const { answers } of first) expect((await answers(1))[0]?.status).toBe(200);
    for (const { socket } of [...first, ...more]) socket.destroy();
  });

  it('without a length are counted while they arrive, and refused where no room is left', async () => {
    const running = await host();
    const path = '/asking/mcp';
    const chunk = `${(1_048_576).toString(16)}\r\n${' '.repeat(1_048_576)}\r\n`;
    const start = head(path, 'Transfer-Encoding: chunked') + chunk.repeat(3);
    const waiting = Array.from({ length: 2 }, () => openSocket(running.url, start));
    await eventually(async () => expect((await held(running)).heldBytes).toBe(6 * 1_048_576));
    const third = openSocket(running.url, start);
    expectRefusal((await third.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    for (const { socket } of [...waiting, third]) socket.destroy();
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
  });

  it('of a few bytes pass on another server while large ones fill the rest', async () => {
    const running = await host();
    const open = ['/asking/mcp', '/plain/mcp'].flatMap((path) =>
      Array.from({ length: 4 }, () =>
        openSocket(running.url, head(path, 'Content-Length: 1800000')),
      ),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBe(8 * 1_800_000));
    const large = openSocket(running.url, head('/other/mcp', 'Content-Length: 1800000'));
    expectRefusal((await large.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    expect((await echo(`${running.url}/other/mcp`)).text).toBe('alpha:x');
    for (const { socket } of [...open, large]) socket.destroy();
  });

  it('of a few bytes pass on the same server, too: large ones leave a tenth of its share', async () => {
    const running = await host();
    const open = Array.from({ length: 4 }, () =>
      openSocket(running.url, head('/plain/mcp', 'Content-Length: 2097152')),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBe(3 * 2_097_152));
    const params = { name: 'none', arguments: { pay: 'x'.repeat(60_000) } };
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    expect((await post(`${running.url}/plain/mcp`, call)).status).toBe(200);
    for (const { socket } of open) socket.destroy();
  });

  it('of a verified caller leave half of the share to another who needs it', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    const half = () =>
      openSocket(
        running.url,
        head('/asking/mcp', 'Content-Length: 1800000', 'x-ms-client-principal-id: eve'),
      );
    const halves = Array.from({ length: 4 }, half);
    await eventually(async () => expect((await held(running)).heldBytes).toBe(4 * 1_800_000));
    const own = half();
    expectRefusal((await own.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    // The first of hers makes room, and is read to its end so that she can read why.
    expect((await park(url, 'ada')).answer.status).toBe(200);
    const [first] = halves as [(typeof halves)[number]];
    expectRefusal((await first.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    expect((await held(running)).heldBytes).toBeGreaterThan(3 * 1_800_000);
    // With no more than half of the share she keeps what she has.
    expect((await park(url, 'bob', 'x'.repeat(1.5 * MB))).answer.status).toBe(200);
    expect((await park(url, 'ann', 'x'.repeat(1.5 * MB))).answer.status).toBe(200);
    expect((await held(running)).heldBytes).toBeGreaterThan(2 * 1_800_000);
    for (const { socket } of [...halves, own]) socket.destroy();
  });

  it('of a verified caller on several servers make room, too, with half of the share on none', async () => {
    const running = await host();
    const open = ['asking', 'plain', 'other'].flatMap((server) =>
      Array.from({ length: 2 }, () =>
        openSocket(
          running.url,
          head(`/${server}/mcp`, 'Content-Length: 2000000', 'x-ms-client-principal-id: eve'),
        ),
      ),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBe(6 * 2_000_000));
    const round = await park(`${running.url}/asking/mcp`, 'ada', 'x'.repeat(3.5 * MB));
    expect(round.answer.status).toBe(200);
    const [first] = open as [(typeof open)[number]];
    expectRefusal((await first.answers(1))[0] as never, { status: 503, reason: 'overloaded' });
    expect((await held(running)).heldBytes).toBeGreaterThan(12 * MB);
    for (const { socket } of open) socket.destroy();
  });

  it('of a caller who holds more than the one that waits end nobody’s call', async () => {
    const running = await host();
    const url = `${running.url}/asking/mcp`;
    const round = await park(url, 'ada', 'x'.repeat(2 * MB));
    const halves = Array.from({ length: 2 }, () =>
      openSocket(
        running.url,
        head('/asking/mcp', 'Content-Length: 2000000', 'x-ms-client-principal-id: eve'),
      ),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBeGreaterThan(6 * MB));
    const refused = await park(url, 'eve', 'x'.repeat(1.8 * MB));
    expectRefusal(refused.answer, { status: 503, reason: 'overloaded' });
    for (const { socket } of halves) socket.destroy();
    await eventually(async () => expect((await held(running)).heldBytes).toBeLessThan(2.1 * MB));
    const answer = await finish(url, 'ada', round, 'x'.repeat(2 * MB));
    expect(answer.answer.text).toBe('accept Ada');
  });
});

describe('calls that nobody waits for', () => {
  it('count as long as their handlers go on, and not when these have ended', async () => {
    const running = await startHost({
      listen: true,
      yaml: `
host: { bufferedMb: 16 }
defaults: { auth: anonymous }
servers:
  ignoring: { module: ./kernel-v1.mjs, instance: shared }
`,
    });
    const [server] = running.servers as [TestHost['servers'][number]];
    const url = `${running.url}/ignoring/mcp`;
    const leave = async (tool: string, delayMs: number): Promise<void> => {
      const leaving = new AbortController();
      const params = { name: tool, arguments: { delayMs, pay: 'x'.repeat(MB) } };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const call = fetch(url, { method: 'POST', headers, body, signal: leaving.signal });
      await eventually(() => expect(server.inFlight.size).toBe(1));
      leaving.abort();
      await expect(call).rejects.toThrow();
      await eventually(() => expect(server.inFlight.size).toBe(0));
    };
    await leave('wait-for-abort', 0);
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
    await leave('ignore-abort', 5_000);
    await leave('ignore-abort', 5_000);
    await eventually(() => expect(server.backend.abandonedHandlers).toBe(2));
    expect((await held(running)).heldBytes).toBeGreaterThan(2 * MB);
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
    expect(server.backend.abandonedHandlers).toBe(0);
  });
});
