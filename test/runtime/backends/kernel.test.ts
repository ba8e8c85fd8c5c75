// The kernel through the front door: concurrent callers with equal ids and progress tokens never
// meet, in every instance mode and SDK line.

import { describe, expect, it } from 'vitest';
import { type Message, post, postMany } from '../post.ts';
import { startHost, type TestHost } from '../start-host.ts';

const YAML = `
defaults: { auth: anonymous, maxConcurrent: 500 }
servers:
  v1-shared: { module: ./kernel-v1.mjs, instance: shared }
  v1-fresh: { module: ./kernel-v1.mjs, export: createBeta }
  v2-shared: { module: ./kernel-v2.mjs, instance: shared }
  v2-fresh: { module: ./kernel-v2.mjs, export: createDelta }
`;

/** Path and the name that the server puts in front of what it echoes. */
const MOUNTS = [
  ['/v1-shared/mcp', 'alpha'],
  ['/v1-fresh/mcp', 'beta'],
  ['/v2-shared/mcp', 'gamma'],
  ['/v2-fresh/mcp', 'delta'],
] as const;

const call = (name: string, args: object, meta?: object): Message => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args, ...(meta && { _meta: meta }) },
});

const host = (): Promise<TestHost> => startHost({ yaml: YAML, listen: true });

describe('equal ids and progress tokens', () => {
  it('never cross in 10,000 pairs, 100 at a time, over two servers in both instance modes', async () => {
    const { url } = await host();
    const pairs = 2_500;
    let crossed = 0;
    for (const [path, name] of MOUNTS) {
      await postMany(pairs * 2, 100, async (number) => {
        const text = `t${number}`;
        const tool = number % 8 === 0 ? 'progress' : 'echo';
        const answer = await post(url + path, call(tool, { text, steps: 2 }, { progressToken: 7 }));
        const foreign = answer.notifications.some(
          ({ params }) =>
            !JSON.stringify(params).includes(`${text}${tool === 'echo' ? '' : ' '}`.trim()),
        );
        if (answer.text !== `${name}:${text}` || answer.id !== 1 || foreign) crossed += 1;
      });
    }
    expect(crossed).toBe(0);
  }, 120_000);

  it('reach their own server when 100 calls of one run beside 100 of another', async () => {
    const { url } = await host();
    const texts = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const [path, name] = MOUNTS[number % 2] as (typeof MOUNTS)[number];
        const answer = await post(url + path, call('echo', { text: String(number), delayMs: 20 }));
        return answer.text === `${name}:${number}`;
      }),
    );
    expect(texts.filter(Boolean)).toHaveLength(200);
  });
});

describe.each(MOUNTS)('%s', (path, name) => {
  it('answers the handshake of every 2025-era revision with what the server declares', async () => {
    const { url } = await host();
    for (const version of ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']) {
      const params = {
        protocolVersion: version,
        capabilities: {},
        clientInfo: { name: 'c', version: '1' },
      };
      const { result } = await post(url + path, {
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params,
      });
      expect(result).toMatchObject({
        protocolVersion: version,
        serverInfo: { name },
        instructions: `I am ${name}.`,
      });
      expect(JSON.stringify(result)).not.toContain('listChanged');
    }
  });

  it('negotiates 2025-11-25 for a revision it does not know', async () => {
    const { url } = await host();
    const params = { protocolVersion: '1999-01-01', capabilities: {}, clientInfo: {} };
    const { result } = await post(url + path, {
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params,
    });
    expect(result).toMatchObject({ protocolVersion: '2025-11-25' });
  });

  it('sends progress and log messages of a call before its result, to its caller', async () => {
    const { url } = await host();
    const answer = await post(
      url + path,
      call('progress', { text: 'x', steps: 3 }, { progressToken: 'p' }),
    );
    expect(answer.contentType).toContain('text/event-stream');
    const progress = answer.notifications.filter(
      ({ method }) => method === 'notifications/progress',
    );
    expect(progress.map(({ params }) => params)).toMatchObject([
      { progressToken: 'p', progress: 1 },
      { progressToken: 'p', progress: 2 },
      { progressToken: 'p', progress: 3 },
    ]);
    expect(
      answer.notifications.filter(({ method }) => method === 'notifications/message'),
    ).toHaveLength(3);
    expect(answer.text).toBe(`${name}:x`);
  });

  it('answers plain JSON when nothing is sent before the result', async () => {
    const { url } = await host();
    const answer = await post(url + path, call('echo', { text: 'x' }));
    expect(answer.contentType).toContain('application/json');
  });

  it('answers plain JSON without notifications to a client that accepts no event stream', async () => {
    const { url } = await host();
    const message = call('progress', { text: 'x', steps: 2 }, { progressToken: 1 });
    const answer = await post(url + path, message, { accept: 'application/json' });
    expect(answer.contentType).toContain('application/json');
    expect(answer.text).toBe(`${name}:x`);
  });

  it('accepts notifications with 202 and without effect', async () => {
    const { url } = await host();
    for (const method of [
      'notifications/initialized',
      'notifications/cancelled',
      'notifications/unknown',
    ]) {
      const params = { requestId: 1 };
      const answer = await post(url + path, { jsonrpc: '2.0', method, params });
      expect(answer).toMatchObject({ status: 202, body: '' });
    }
  });

  it('lists and calls only the tools that servers.yaml leaves, and answers others as unknown ones', async () => {
    const module = path.startsWith('/v1') ? './kernel-v1.mjs' : './kernel-v2.mjs';
    const instance = path.includes('shared') ? 'shared' : 'per-request';
    const { url } = await startHost({
      listen: true,
      yaml: `
servers:
  s:
    module: ${module}
    instance: ${instance}
    auth: anonymous
    tools: { allow: [echo, throw], deny: [throw] }
`,
    });
    const list = await post(`${url}/s/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const { tools } = list.result as { tools: { name: string }[] };
    expect(tools.map((tool) => tool.name)).toEqual(['echo']);
    const denied = await post(`${url}/s/mcp`, call('throw', { what: 'error' }));
    const unknown = await post(`${url}/s/mcp`, call('thr0w', {}));
    expect(denied.body.replaceAll('throw', 'thr0w')).toBe(unknown.body);
  });
});
