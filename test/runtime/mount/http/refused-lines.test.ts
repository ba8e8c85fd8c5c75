// Whoever is refused again and again fills no disk: so many lines in a second, and an exact count of
// the rest.

import { expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { postMany } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';

const YAML = `
servers:
  quiet: { module: ./fault-v1.mjs, auth: anonymous, instance: shared }
  other: { module: ./fault-v1.mjs, auth: anonymous }
`;
const SENT = 500;
const MAX_LINES = 100;

const JSON_TYPE = 'application/json';
const REFUSALS = 'lines of refused requests dropped';
const FAILURES = 'lines of failed calls dropped';

/** What is sent, which lines tell of it, and which one tells how many are missing. */
const KINDS = [
  ['refused before its body is read', '/quiet/mcp', 'text/plain', 'x', 'refused', REFUSALS],
  ['refused as a message', '/quiet/mcp', JSON_TYPE, message('tools/call', {}), 'request', REFUSALS],
  ['refused at no server', '/nowhere/mcp', JSON_TYPE, '{}', 'refused', REFUSALS],
  [
    'that its server fails',
    '/quiet/mcp',
    JSON_TYPE,
    message('prompts/get', { name: 'throw', arguments: { what: 'error' } }),
    'server error',
    FAILURES,
  ],
] as const;

function message(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

function linesOf({ logs }: TestHost, msg: string, dropped: string, source: object) {
  const [name, value] = Object.entries(source)[0] as [string, string];
  const ofSource = logs.filter((line) => line[name] === value);
  const counts = ofSource.filter((line) => line.msg === dropped);
  return {
    written: ofSource.filter((line) => line.msg === msg).length,
    counts,
    dropped: counts.reduce((sum, line) => sum + Number(line.dropped), 0),
  };
}

it.each(KINDS)(
  'a request %s again and again: 100 lines in a second and an exact count',
  async (_, url, contentType, payload, msg, told) => {
    const host = await startHost({ yaml: YAML });
    const source = url === '/nowhere/mcp' ? { reason: 'not-found' } : { server: 'quiet' };
    const headers = { host: '127.0.0.1', 'content-type': contentType };
    const startedAt = performance.now();
    await postMany(SENT, 10, async () => {
      await host.app.inject({ method: 'POST', url, headers, payload });
    });
    const seconds = Math.floor((performance.now() - startedAt) / 1_000) + 1;
    // Another server's lines are not fewer for it.
    await host.app.inject({ method: 'POST', url: '/other/mcp', headers, payload: 'x' });
    expect(linesOf(host, 'refused', REFUSALS, { server: 'other' }).written).toBe(1);
    await eventually(() => {
      const { written, counts, dropped } = linesOf(host, msg, told, source);
      expect(written + dropped).toBe(SENT);
      expect(counts.length).toBeGreaterThan(0);
      expect(written).toBeLessThanOrEqual(MAX_LINES * seconds);
      for (const line of counts) expect(line).toMatchObject({ level: 'warn', ...source });
    });
  },
);
