// Token checks behind the Functions host: the whole token table, a rotated key, an issuer that goes
// down, and the official clients' sign-in, all through the host's proxy.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send as sendRaw } from '../../../standins/functions-host/fixtures/client.ts';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { OAUTH_CLIENTS, signIn } from '../../../standins/openid-issuer/oauth-client.ts';
import {
  entraVariables,
  expectEnding,
  guardedYaml,
  type Issuers,
  KINDS,
  type Kind,
  openIssuers,
} from '../../runtime/authorization/guarded-servers.ts';
import { casesOf } from '../../runtime/authorization/token-table.ts';
import { post } from '../../runtime/post.ts';
import { freePort } from '../free-port.ts';
import { startStandIn } from './app.ts';
import { asRequest, toolCall } from './calls.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');

interface Guarded {
  readonly issuers: Issuers;
  readonly host: FunctionsHost;
  readonly baseUrl: string;
  stop(): Promise<void>;
}

async function startGuarded(options: { readonly up?: boolean } = {}): Promise<Guarded> {
  const issuers = await openIssuers(options);
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), 'guarded-'));
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, guardedYaml(issuers.plain.issuer, baseUrl, relative(folder, fixtures)));
  const host = await startStandIn({
    port,
    environment: {
      MCP_SERVERS_FILE: file,
      MCP_PUBLIC_BASE_URL: baseUrl,
      ...entraVariables(issuers),
    },
  });
  return {
    issuers,
    host,
    baseUrl,
    async stop() {
      await host.stop();
      await issuers.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

let guarded: Guarded;

function send(kind: Kind, authorization: string | undefined) {
  const headers = authorization === undefined ? {} : { authorization };
  const url = `${guarded.baseUrl}/${kind.server}/mcp`;
  return post(url, toolCall('echo', { text: 'x' }), headers);
}

/** A token that is good for the kind's server. */
async function goodToken(kind: Kind): Promise<string> {
  const { issuers, baseUrl } = guarded;
  return `Bearer ${await kind.issuerOf(issuers).token(kind.claims(kind.server, baseUrl))}`;
}

describe.skipIf(realFunctionsHostUrl).each(KINDS)(
  'auth: $auth behind the Functions host',
  (kind) => {
    beforeAll(async () => {
      guarded = await startGuarded();
    });
    afterAll(() => guarded.stop());

    test.each(casesOf(kind))(
      'a call with $what ends as $ending',
      async ({ authorization, ending }) => {
        const { issuers, baseUrl } = guarded;
        const value = await authorization({
          kind,
          issuer: kind.issuerOf(issuers),
          good: kind.claims(kind.server, baseUrl),
          baseUrl,
          now: Math.floor(Date.now() / 1000),
        });
        expectEnding(await send(kind, value), ending, kind, baseUrl);
      },
    );

    test('two tokens arrive as one header, which passes in no order', async () => {
      const good = await goodToken(kind);
      for (const authorization of [
        [good, good],
        [good, 'Bearer x'],
        ['Bearer x', good],
      ]) {
        const request = asRequest(toolCall('echo', { text: 'x' }), {
          headers: { Authorization: authorization },
        });
        const answer = await sendRaw(guarded.baseUrl, `/${kind.server}/mcp`, request);
        expect(answer.status).toBe(401);
      }
    });
  },
);

describe.skipIf(realFunctionsHostUrl)('an issuer behind the Functions host', () => {
  const [kind] = KINDS as [Kind];

  test('may rotate its keys, and may go down once they are known', async () => {
    guarded = await startGuarded();
    try {
      const issuer = kind.issuerOf(guarded.issuers);
      expect(await send(kind, await goodToken(kind))).toMatchObject({ status: 200 });
      const before = await goodToken(kind);
      await issuer.rotate();
      expectEnding(await send(kind, await goodToken(kind)), 'served', kind, guarded.baseUrl);
      expectEnding(await send(kind, before), 'invalid-token', kind, guarded.baseUrl);
      await issuer.goDown();
      expectEnding(await send(kind, await goodToken(kind)), 'served', kind, guarded.baseUrl);
    } finally {
      await guarded.stop();
    }
  });

  test('that is down at the start harms nobody else', async () => {
    guarded = await startGuarded({ up: false });
    try {
      for (const each of KINDS) {
        const answer = await send(each, await goodToken(each));
        expectEnding(answer, 'issuer-unavailable', each, guarded.baseUrl);
      }
      const open = await post(`${guarded.baseUrl}/open/mcp`, toolCall('echo', { text: 'x' }));
      expect(open).toMatchObject({ status: 200, text: 'gamma:x' });
    } finally {
      await guarded.stop();
    }
  });
});

describe.skipIf(realFunctionsHostUrl)('sign-in behind the Functions host', () => {
  beforeAll(async () => {
    guarded = await startGuarded();
  });
  afterAll(() => guarded.stop());

  test.each(OAUTH_CLIENTS)('%s reaches the tools of two servers', async (client) => {
    const notes = await signIn(client, `${guarded.baseUrl}/notes/mcp`);
    expect(await notes.callTool('echo', { text: 'a' })).toBe('gamma:a');
    const tasks = await signIn(client, `${guarded.baseUrl}/tasks/mcp`);
    expect(await tasks.callTool('echo', { text: 'b' })).toBe('alpha:b');
  });

  test('the handler says no word of a token', async () => {
    const { host } = guarded;
    // Lines are written some at a time; this is the last one.
    await host.signalHandler('SIGTERM');
    await host.outputLine(/"msg":"drained"/);
    const output = host.output.map(({ text }) => text).join('\n');
    expect(output).toContain('"reason":"token-required"');
    expect(output).toMatch(/"server":"tasks".*"tools\/call"/);
    expect(output).not.toMatch(/eyJ|Bearer/);
  });
});
