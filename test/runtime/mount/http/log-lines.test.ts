// The log under hostile input: one JSON line per event, whatever
// clients choose, in printable characters and of bounded length.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS, PATH, PING, sharedMounts } from './mounts.ts';
import { openSocket } from './raw-socket.ts';
import { CANARY } from './refusal.ts';

const mounts = sharedMounts();

const FORGED = '{"level":"error","msg":"forged"}';
const HOSTILE = [
  `a\r\n${FORGED}`,
  `a\n${FORGED}\n`,
  'a\u0000b',
  'a\u001b[2Jb',
  'a\u0007\b\tb',
  'a\u007fb',
  'a\u0085b',
  'a\u009b31mb',
  `a\u2028${FORGED}`,
  'a\u2029b',
  '"},{"level":"error","a":"',
  '\\',
  '\ud800',
  '\u202eevitcaer',
  'x'.repeat(100_000),
];

/**
 * Sends with `work`, then expects exactly one new line that is harmless to every reader of lines.
 */
async function expectOneLine(
  host: TestHost,
  work: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  const before = host.lines.length;
  await work();
  const lines = host.lines.slice(before);
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(line).toMatch(/^\{[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*\}\n$/u);
  expect(line.length).toBeLessThan(1_024);
  const record = JSON.parse(line);
  expect(record.msg).not.toBe('forged');
  expect(record.level).toBe('info');
  return record;
}

describe.each(HOSTILE)('%j', (text) => {
  it('as a method', async () => {
    const host = mounts();
    const record = await expectOneLine(host, () =>
      post(host.url + PATH, { ...PING, method: text }),
    );
    expect(record).toMatchObject({ msg: 'request', outcome: 'error -32601' });
  });

  it('as the name of a tool', async () => {
    const host = mounts();
    const record = await expectOneLine(host, () => post(host.url + PATH, call(text)));
    expect(record).toMatchObject({ msg: 'request', method: 'tools/call' });
  });

  it('as an id, in arguments and in members that nobody knows', async () => {
    const host = mounts();
    const message = { ...call('echo', { text }, text), [text]: text };
    const record = await expectOneLine(host, () => post(host.url + PATH, message));
    expect(record).toMatchObject({ msg: 'request', target: 'echo', outcome: 'ok' });
  });

  it('in headers', async () => {
    const host = mounts();
    // As far as HTTP lets it through; what it does not is refused by Node's parser.
    const value = text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 1_000);
    const headers = {
      ...JSON_HEADERS,
      'user-agent': value,
      'x-azure-functions-invocationid': value,
    };
    await expectOneLine(host, () =>
      host.app.inject({ method: 'POST', url: PATH, headers, payload: JSON.stringify(PING) }),
    );
    await expectOneLine(host, () => host.app.inject({ method: 'GET', url: PATH, headers }));
  });

  it('in the path', async () => {
    const host = mounts();
    const url = `/x${encodeURIComponent(text.replace('\ud800', '')).slice(0, 2_000)}`;
    const record = await expectOneLine(host, () =>
      host.app.inject({ method: 'POST', url, headers: JSON_HEADERS }),
    );
    expect(record).toMatchObject({ msg: 'refused', reason: 'not-found' });
  });
});

describe('the log', () => {
  it('has a line per message and per refusal, and none for health', async () => {
    const host = mounts();
    const before = host.lines.length;
    for (const path of ['/', '/healthz', '/readyz', '/readyz?x']) await fetch(host.url + path);
    expect(host.lines).toHaveLength(before);
    await expectOneLine(host, () => post(host.url + PATH, PING));
    await expectOneLine(host, () => post(host.url + PATH, '{'));
    await expectOneLine(host, () => fetch(host.url + PATH));
    await expectOneLine(host, () => fetch(`${host.url}/nope`));
  });

  it.each([
    [`${PATH}?code=${CANARY}`, PATH, 'method-not-allowed'],
    [`/nope?code=${CANARY}`, '/nope', 'not-found'],
    [`${PATH}%3Fcode=${CANARY}`, PATH, 'not-found'],
    [`${PATH};code=${CANARY}`, PATH, 'not-found'],
    [`http://user:${CANARY}@evil.example/x`, undefined, 'misdirected'],
  ])('names path and reason of a refusal, never a key in %s', async (target, path, reason) => {
    const host = mounts();
    const bytes = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const record = await expectOneLine(host, () => openSocket(host.url, bytes).answers(1));
    expect(record).toMatchObject({ reason });
    expect(record.path).toBe(path);
    expect(JSON.stringify(record)).not.toContain(CANARY);
  });
});

it('the text of a server error is bounded, however many faults a client can make', async () => {
  const host = mounts();
  const args = Object.fromEntries(Array.from({ length: 50_000 }, (_, key) => [`k${key}`, 1]));
  const params = { name: 'throw', arguments: args };
  for (const path of ['/v1-shared/mcp', '/v1-fresh/mcp']) {
    const before = host.lines.length;
    await post(host.url + path, { jsonrpc: '2.0', id: 1, method: 'prompts/get', params });
    for (const line of host.lines.slice(before)) expect(line.length).toBeLessThan(1_024);
    expect(host.lines.length).toBeGreaterThan(before);
  }
});
