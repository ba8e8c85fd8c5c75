// What callers get when an upstream misbehaves, and that it is never sent a request twice.

import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { callModern } from '../../protocol/eras/modern.ts';
import { type Handle, hostOf, serve, startUpstream, type Upstream } from './upstreams.ts';

const CALL = {
  jsonrpc: '2.0',
  id: 'mine',
  method: 'tools/call',
  params: { name: 'x', arguments: {} },
};

const json = (response: ServerResponse, message: object, headers = {}): void =>
  void response
    .writeHead(200, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ jsonrpc: '2.0', ...message }));

const event = (message: object): string =>
  `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;

const streamed = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

const result = (text: string) => ({ content: [{ type: 'text', text }] });

/** An upstream of the 2025 era without sessions, whose tool calls do what `onCall` does. */
function faulty(onCall: Handle): Promise<Upstream> {
  return serve((request, response, body) => {
    const { id, method } = body;
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'server/discover') {
      json(response, { id, error: { code: -32601, message: 'Method not found' } });
    } else if (method === 'initialize') {
      const serverInfo = { name: 'faulty', version: '1' };
      const capabilities = { tools: {} };
      json(response, { id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } });
    } else if (method === 'tools/list') json(response, { id, result: { tools: [] } });
    else onCall(request, response, body);
  });
}

const FAULTS: Record<string, { onCall: Handle; status: number; reason: string }> = {
  'a redirect to a metadata service': {
    onCall: (_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    status: 502,
    reason: 'upstream-redirect',
  },
  'a redirect that keeps the method': {
    onCall: (_, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
    status: 502,
    reason: 'upstream-redirect',
  },
  '401 with a challenge': {
    onCall: (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer resource_metadata="https://x"' }).end(),
    status: 502,
    reason: 'upstream-auth',
  },
  '401 with a page that never ends': {
    onCall: (_, response) => response.writeHead(401).write('no'),
    status: 502,
    reason: 'upstream-auth',
  },
  '403': {
    onCall: (_, response) => response.writeHead(403).end('no'),
    status: 502,
    reason: 'upstream-auth',
  },
  '429': {
    onCall: (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
    status: 503,
    reason: 'upstream-busy',
  },
  '500 with a page': {
    onCall: (_, response) =>
      response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>secret stack</h1>'),
    status: 502,
    reason: 'upstream-invalid',
  },
  '404': {
    onCall: (_, response) => response.writeHead(404).end(),
    status: 502,
    reason: 'upstream-invalid',
  },
  'half a body': {
    onCall: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"jsonrpc":"2.0",', () => response.destroy());
    },
    status: 502,
    reason: 'upstream-cut',
  },
  'no answer at all': {
    onCall: (_, response) => response.destroy(),
    status: 502,
    reason: 'upstream-cut',
  },
  'an event stream that is cut': {
    onCall: (_, response) => {
      streamed(response).write('event: message\ndata: {"json', () => response.destroy());
    },
    status: 502,
    reason: 'upstream-cut',
  },
  'an event stream that ends without the answer': {
    onCall: (_, response) => streamed(response).end(': nothing\n\n'),
    status: 502,
    reason: 'upstream-cut',
  },
  'a wrong content type': {
    onCall: (_, response, { id }) =>
      response
        .writeHead(200, { 'content-type': 'text/plain' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: result('x') })),
    status: 502,
    reason: 'upstream-invalid',
  },
  'a compressed body': {
    onCall: (_, response, { id }) =>
      json(response, { id, result: result('x') }, { 'content-encoding': 'gzip' }),
    status: 502,
    reason: 'upstream-invalid',
  },
  'an empty 202': {
    onCall: (_, response) => response.writeHead(202).end(),
    status: 502,
    reason: 'upstream-invalid',
  },
  'invalid JSON': {
    onCall: (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'),
    status: 502,
    reason: 'upstream-invalid',
  },
  'invalid JSON in an event': {
    onCall: (_, response) => streamed(response).end('data: {"jsonrpc":\n\n'),
    status: 502,
    reason: 'upstream-invalid',
  },
  'JSON that is no JSON-RPC': {
    onCall: (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('[1,2]'),
    status: 502,
    reason: 'upstream-invalid',
  },
  'an answer with neither result nor error': {
    onCall: (_, response, { id }) => json(response, { id }),
    status: 502,
    reason: 'upstream-invalid',
  },
  'an answer to another id': {
    onCall: (_, response, { id }) => json(response, { id: Number(id) + 1, result: result('x') }),
    status: 502,
    reason: 'upstream-invalid',
  },
  "an answer to the caller's own id": {
    onCall: (_, response) => json(response, { id: 'mine', result: result('x') }),
    status: 502,
    reason: 'upstream-invalid',
  },
  'a huge body': {
    onCall: (_, response, { id }) => json(response, { id, result: result('x'.repeat(200_000)) }),
    status: 500,
    reason: 'result-too-large',
  },
  'a huge event': {
    onCall: (_, response) => {
      const stream = streamed(response);
      stream.write('data: ');
      for (let chunk = 0; chunk < 200; chunk += 1) stream.write('x'.repeat(1_000));
    },
    status: 500,
    reason: 'result-too-large',
  },
};

describe.each(Object.entries(FAULTS))(
  'a call that an upstream answers with %s',
  (_name, { onCall, status, reason }) => {
    it.each(['2025 era', '2026-07-28'])(`is ${status} ${reason} (%s)`, async (era) => {
      const upstream = await faulty(onCall);
      const { url, lines } = await hostOf(upstream, 'maxResultBytes: 100000');
      const answer =
        era === '2025 era'
          ? await post(`${url}/up/mcp`, CALL)
          : await callModern(`${url}/up/mcp`, 'x', {}, { id: 'mine' });
      expect([answer.status, answer.error?.data?.reason]).toEqual([status, reason]);
      expect(answer.id).toBe('mine');
      expect(upstream.of('tools/call')).toHaveLength(1);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.headers.location).toBeUndefined();
      expect(lines.join('') + answer.body).not.toContain('secret stack');
    });
  },
);

it('passes events over that belong to another request, or carry nothing', async () => {
  const upstream = await faulty((_, response, { id }) => {
    const stream = streamed(response);
    stream.write('id: 1\nretry: 10\ndata:\n\n');
    stream.write(event({ id: Number(id) + 100, result: result('of another') }));
    stream.write('event: ping\ndata: not json\n\n');
    stream.end(event({ id, result: result('mine') }));
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('mine');
});

// Servers in C# say so of each event stream.
it('reads a body that says it has the encoding `identity`', async () => {
  const upstream = await faulty((_, response, { id }) => {
    response.setHeader('content-encoding', 'identity');
    streamed(response).end(event({ id, result: result('plain') }));
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('plain');
});

it('names the encoding of a body that it cannot read in the log', async () => {
  const upstream = await faulty((_, response, { id }) =>
    json(response, { id, result: result('x') }, { 'content-encoding': 'br' }),
  );
  const { url, lines } = await hostOf(upstream);
  await post(`${url}/up/mcp`, CALL);
  expect(lines.join('')).toContain('content encoding \\"br\\"');
});

it.each([
  ['an event', ''],
  ['a byte order mark and an event', '\ufeff'],
])('reads %s, byte by byte', async (_name, mark) => {
  const upstream = await faulty((_, response, { id }) => {
    const stream = streamed(response);
    stream.socket?.setNoDelay(true);
    const answer = { jsonrpc: '2.0', id, result: result('grüße 🎉 \u2028') };
    for (const byte of Buffer.from(`${mark}data: ${JSON.stringify(answer)}\n\n`)) {
      stream.write(Buffer.from([byte]));
    }
    stream.end();
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('grüße 🎉 \u2028');
});

it('waits for the answer after interim responses', async () => {
  const upstream = await faulty((_, response, { id }) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</x>; rel=preload' });
    json(response, { id, result: result('final') });
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('final');
});

it('answers with the answer although the upstream leaves its stream open', async () => {
  const upstream = await faulty((_, response, { id }) => {
    streamed(response).write(event({ id, result: result('early') }));
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('early');
});

it('reads an answer that says it is not encoded, as ASP.NET does', async () => {
  const upstream = await faulty((_, response, { id }) => {
    response.setHeader('content-encoding', 'identity');
    streamed(response).end(event({ id, result: result('mine') }));
  });
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).text).toBe('mine');
});

it('passes no header of an upstream on', async () => {
  const upstream = await faulty((_, response, { id }) =>
    json(
      response,
      { id, result: result('x') },
      {
        'set-cookie': 'stolen=1',
        'www-authenticate': 'Bearer',
        'mcp-session-id': 'theirs',
        'x-theirs': '1',
      },
    ),
  );
  const { url } = await hostOf(upstream);
  const { headers } = await post(`${url}/up/mcp`, CALL);
  for (const name of ['set-cookie', 'www-authenticate', 'mcp-session-id', 'x-theirs']) {
    expect(headers[name]).toBeUndefined();
  }
});

it('a 401 is logged with what to set', async () => {
  const upstream = await faulty((_, response) => response.writeHead(401).end());
  const { url, logs } = await hostOf(upstream);
  await post(`${url}/up/mcp`, CALL);
  const line = logs.find(({ msg }) => String(msg).includes('upstreamAuth'));
  expect(line).toMatchObject({ server: 'up' });
  expect(line?.msg).toContain('`headers`');
});

it('each kind of failure is logged once a minute, with its reason', async () => {
  const upstream = await faulty((_, response) => response.writeHead(500).end());
  const { url, logs } = await hostOf(upstream);
  for (let time = 0; time < 3; time += 1) await post(`${url}/up/mcp`, CALL);
  const lines = logs.filter(({ msg }) => String(msg).startsWith('upstream-invalid: '));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.msg).toContain('The server answered 500.');
});

describe.each([
  ['500', 500, {}, /^(60|5\d)$/],
  ['429', 429, { 'retry-after': '20' }, /^(20|1\d)$/],
])('an upstream that answers %s to all', (_, code, headers, retryAfter) => {
  it('gets no requests for a while after five that failed in a row', async () => {
    let calls = 0;
    const upstream = await faulty((_request, response, { method }) => {
      if (method === 'tools/call') calls += 1;
      response.writeHead(code, headers).end();
    });
    const { url } = await hostOf(upstream);
    // The reading of its tools may be a success in between.
    await eventually(async () => {
      await post(`${url}/up/mcp`, CALL);
      const { servers } = (await (await fetch(`${url}/readyz`)).json()) as { servers: object[] };
      expect(servers).toMatchObject([{ status: 'unavailable', reason: 'unreachable' }]);
    });
    const until = calls;
    expect(await post(`${url}/up/mcp`, CALL)).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(retryAfter) },
    });
    expect(calls).toBe(until);
  });

  it('to one kind of call only goes on answering the others', async () => {
    const upstream = await faulty((_request, response, { id, method, params }) => {
      const isGood = method === 'ping' || (params as { name?: string })?.name === 'good';
      if (isGood) json(response, { id, result: result('good') });
      else response.writeHead(code, headers).end();
    });
    const { url } = await hostOf(upstream);
    for (let call = 0; call < 12; call += 1) await post(`${url}/up/mcp`, CALL);
    const good = { ...CALL, params: { name: 'good', arguments: {} } };
    expect(await post(`${url}/up/mcp`, good)).toMatchObject({ status: 200, text: 'good' });
  });
});

it('tells the caller how long an upstream wants it to wait', async () => {
  const upstream = await faulty((_, response) =>
    response.writeHead(503, { 'retry-after': '7' }).end(),
  );
  const { url } = await hostOf(upstream);
  expect((await post(`${url}/up/mcp`, CALL)).headers['retry-after']).toBe('7');
});

it('passes an error of the upstream on, whatever its HTTP status', async () => {
  const upstream = await faulty((_, response, { id }) => {
    const message = { jsonrpc: '2.0', id, error: { code: -32602, message: 'Not so.' } };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(message));
  });
  const { url } = await hostOf(upstream);
  const { status, error } = await post(`${url}/up/mcp`, CALL);
  expect([status, error]).toEqual([200, { code: -32602, message: 'Not so.' }]);
});

it('waits for a slow tool that answers as plain JSON', { timeout: 40_000 }, async () => {
  const upstream = await faulty((_, response, { id }) => {
    const message = { jsonrpc: '2.0', id, result: { content: [] } };
    // Longer than clients of HTTP wait for headers where nobody asks them to.
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
    }, 12_000);
  });
  const { url } = await hostOf(upstream);
  expect(await post(`${url}/up/mcp`, CALL)).toMatchObject({ status: 200, result: { content: [] } });
});

it('waits no longer than the deadline of the call', async () => {
  const upstream = await faulty(() => {});
  const { url } = await hostOf(upstream, 'timeoutMs: 500');
  const { status, error } = await post(`${url}/up/mcp`, CALL);
  expect([status, error?.data?.reason]).toEqual([504, 'deadline']);
});

it('does not wait without end for a handshake', async () => {
  const upstream = await serve((_, response, { method }) => {
    if (method === 'server/discover') response.writeHead(404).end();
  });
  const { url } = await hostOf(upstream, 'startTimeoutMs: 300');
  const { status, error } = await post(`${url}/up/mcp`, CALL);
  expect([status, error?.data?.reason]).toEqual([503, 'unavailable']);
});

describe('an upstream that is down', () => {
  it('is 503 with Retry-After, and serves once it is there', async () => {
    const gone = await startUpstream('v1 stateless');
    await gone.close();
    const { url, servers } = await hostOf(gone);
    const first = await post(`${url}/up/mcp`, CALL);
    expect([first.status, first.error?.data?.reason]).toEqual([503, 'unavailable']);
    expect(Number(first.headers['retry-after'])).toBeGreaterThan(0);
    expect(servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'unreachable' });
    await startUpstream('v1 stateless', undefined, gone.port);
    const call = { ...CALL, params: { name: 'count', arguments: {} } };
    await expect
      .poll(() => post(`${url}/up/mcp`, call), { timeout: 20_000 })
      .toMatchObject({ text: '1' });
  });

  it('while it serves is 503, and after five failures is not tried for a minute', async () => {
    const upstream = await startUpstream('v1 stateless');
    const { url, servers } = await hostOf(upstream);
    expect((await post(`${url}/up/mcp`, CALL)).status).toBe(200);
    await upstream.close();
    const waits: string[] = [];
    for (let time = 0; time < 6; time += 1) {
      const { status, error, headers } = await post(`${url}/up/mcp`, CALL);
      expect([status, error?.data?.reason]).toEqual([503, 'unavailable']);
      waits.push(String(headers['retry-after']));
    }
    expect(waits.slice(0, 5)).toEqual(['1', '1', '1', '1', '1']);
    expect(Number(waits[5])).toBeGreaterThan(50);
    expect(servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'unreachable' });
  });
});

describe('an upstream that cannot be opened', () => {
  const STARTS: Record<string, { handle: Handle; word: string }> = {
    'a redirect': {
      handle: (_, response) => response.writeHead(301, { location: '/x' }).end(),
      word: 'upstream-redirect',
    },
    '401': { handle: (_, response) => response.writeHead(401).end(), word: 'upstream-auth' },
    '404': { handle: (_, response) => response.writeHead(404).end(), word: 'no-handshake' },
    'a page': {
      handle: (_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      word: 'no-handshake',
    },
    'a handshake without serverInfo': {
      handle: (_, response, { id }) => json(response, { id, result: {} }),
      word: 'no-handshake',
    },
    'a version nobody knows': {
      handle: (_, response, { id }) =>
        json(response, {
          id,
          error: { code: -32022, message: 'No', data: { supported: ['2099-01-01'] } },
        }),
      word: 'no-handshake',
    },
  };

  it.each(Object.entries(STARTS))('by %s is unavailable', async (_name, { handle, word }) => {
    const { url, servers, logs } = await hostOf(await serve(handle), 'start: eager');
    expect(servers[0]?.state).toMatchObject({ is: 'unavailable', word });
    const line = logs.find(({ msg }) => msg === 'unavailable');
    expect(line).toMatchObject({ server: 'up', reason: word });
    expect(line?.detail).toContain('Fix: ');
    expect((await post(`${url}/up/mcp`, CALL)).status).toBe(503);
  });
});
