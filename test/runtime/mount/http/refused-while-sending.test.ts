// Refusals that are sent before the body was read: a client that is still sending must get them,
// whichever way it sends and whether its connection closes or not. The host is a process of its own:
// in one thread with its client it would never close while the client writes.

import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type HostProcess, startHostProcess } from '../../../e2e/spawn-host.ts';
import { eventually } from '../../../eventually.ts';
import { call, PING } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';

const TRIES = 40;
const PIECE = Buffer.alloc(65_536, ' ');
/** Much more than the buffers of both sockets hold. */
const BODY_BYTES = 48 * PIECE.length;

const YAML = `
host: { publicUrl: 'https://mcp.example' }
defaults: { auth: anonymous }
servers:
  small: { module: ./kernel-v2.mjs, maxBodyBytes: 1000 }
  full: { module: ./kernel-v2.mjs, maxConcurrent: 1 }
  limited: { module: ./kernel-v2.mjs, rateLimit: { max: 1, windowSeconds: 300 } }
  guarded: { module: ./kernel-v2.mjs, auth: jwt, jwt: { issuer: 'https://issuer.example', audience: a } }
`;

let host: HostProcess;
let url: string;
beforeAll(async () => {
  host = await startHostProcess({ yaml: YAML });
  url = await host.url();
});
afterAll(() => host.stop());

interface Readiness {
  readonly servers: readonly { readonly name: string; readonly inFlight: number }[];
}

interface Sending {
  readonly path: string;
  readonly isChunked: boolean;
  readonly keepsAlive: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @returns the status, or the code of the error that the client met. */
function send({ path, isChunked, keepsAlive, headers }: Sending): Promise<unknown> {
  const agent = new Agent({ keepAlive: keepsAlive });
  onTestFinished(() => agent.destroy());
  return new Promise((resolve) => {
    const outgoing = request(url + path, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        ...(!isChunked && { 'content-length': BODY_BYTES }),
        ...headers,
      },
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    outgoing.once('response', (answer) => {
      answer.resume().once('close', () => resolve(answer.complete ? answer.statusCode : 'cut'));
    });
    let sent = 0;
    const write = (): void => {
      while (sent < BODY_BYTES) {
        sent += PIECE.length;
        if (outgoing.write(PIECE)) continue;
        outgoing.once('drain', write);
        return;
      }
      outgoing.end();
    };
    write();
  });
}

const WAYS = [
  ['with a length, on a connection that closes', false, false],
  ['with a length, on a connection that stays', false, true],
  ['in chunks, on a connection that closes', true, false],
  ['in chunks, on a connection that stays', true, true],
] as const;

/** How often each outcome was. */
async function outcomes(sending: Sending): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let time = 0; time < TRIES; time += 1) {
    const outcome = String(await send(sending));
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe.each(WAYS)('a client that sends %s', (_way, isChunked, keepsAlive) => {
  const ways = { isChunked, keepsAlive };

  it.each([
    ['413 of a body that is too large', 413, '/small/mcp', {}],
    ['415', 415, '/small/mcp', { 'content-type': 'text/plain' }],
    ['403 of a foreign origin', 403, '/small/mcp', { origin: 'https://evil.example' }],
    ['404', 404, '/nobody/mcp', {}],
    ['401', 401, '/guarded/mcp', {}],
  ])('gets its %s each of 40 times', async (_name, status, path, headers) => {
    expect(await outcomes({ ...ways, path, headers })).toEqual({ [status]: TRIES });
  });

  it('gets its 429 each of 40 times', async () => {
    await fetch(`${url}/limited/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await outcomes({ ...ways, path: '/limited/mcp' })).toEqual({ 429: TRIES });
  });

  it('gets its 503 of a full server each of 40 times', async () => {
    const waiting = openSocket(url, postBytes('/full/mcp', JSON.stringify(call('wait-for-abort'))));
    const inFlight = async (): Promise<number> => {
      const { servers } = (await (await fetch(`${url}/readyz`)).json()) as Readiness;
      return servers.find(({ name }) => name === 'full')?.inFlight ?? 0;
    };
    await eventually(async () => expect(await inFlight()).toBe(1));
    expect(await outcomes({ ...ways, path: '/full/mcp' })).toEqual({ 503: TRIES });
    waiting.socket.destroy();
    await eventually(async () => expect(await inFlight()).toBe(0));
  });
});

describe('after a refusal that closes the connection', () => {
  const head = [
    'Connection: close',
    `Content-Length: ${BODY_BYTES}`,
    'Origin: https://evil.example',
  ];
  const refused = postBytes('/small/mcp', '', head);

  it('a client that never stops sending is cut', async () => {
    const { socket, closed } = openSocket(url, refused, { allowHalfOpen: true });
    const write = (): void => {
      while (!socket.destroyed && socket.write(PIECE));
    };
    socket.on('drain', write);
    write();
    expect(await closed()).toMatchObject([{ status: 403 }]);
  });

  it('a request behind it is not run', async () => {
    const second = postBytes('/small/mcp', JSON.stringify(PING));
    const bytes = refused + ' '.repeat(BODY_BYTES) + second;
    expect(await openSocket(url, bytes).closed()).toMatchObject([{ status: 403 }]);
  });
});
