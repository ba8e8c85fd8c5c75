// The token table against the host alone, in both eras; a refused request reaches no factory and no
// handler.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { modern } from '../mount/http/modern.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { expectNotReached } from '../mount/http/refusal.ts';
import { openHost, type TestHost } from '../start-host.ts';
import {
  entraVariables,
  expectEnding,
  guardedYaml,
  type Issuers,
  KINDS,
  type Kind,
  openIssuers,
} from './guarded-servers.ts';
import { ALGORITHM_CASES, casesOf, type TokenCase } from './token-table.ts';

const BASE_URL = 'https://mcp.example.com';

let issuers: Issuers;
let host: TestHost;

beforeAll(async () => {
  issuers = await openIssuers();
  host = await openHost({
    yaml: guardedYaml(issuers.plain.issuer, BASE_URL),
    environment: readEnvironment({ ...entraVariables(issuers), MCP_PUBLIC_BASE_URL: BASE_URL }),
  });
  return async () => {
    await host.close();
    await issuers.stop();
  };
});

const ECHO = { name: 'echo', arguments: { text: 'x' } };
const ERAS = {
  2025: { headers: JSON_HEADERS, body: JSON.stringify(call(ECHO.name, ECHO.arguments)) },
  2026: modern({ method: 'tools/call', params: ECHO }),
} as const;

async function send(kind: Kind, era: keyof typeof ERAS, { authorization }: TokenCase) {
  const issuer = kind.issuerOf(issuers);
  const value = await authorization({
    kind,
    issuer,
    good: kind.claims(kind.server, BASE_URL),
    baseUrl: BASE_URL,
    now: Math.floor(Date.now() / 1000),
  });
  const { headers, body } = ERAS[era];
  const answer = await host.app.inject({
    method: 'POST',
    url: `/${kind.server}/mcp`,
    headers: {
      host: 'localhost',
      ...headers,
      ...(value !== undefined && { authorization: value }),
    },
    payload: body,
  });
  return { ...answer, status: answer.statusCode, headers: answer.headers, body: answer.body };
}

describe.each(KINDS)('auth: $auth', (kind) => {
  describe.each([2025, 2026] as const)('in the era of %d', (era) => {
    it.each(casesOf(kind))('a call with $what ends as $ending', async (each) => {
      const work = () => send(kind, era, each);
      const answer = each.ending === 'served' ? await work() : await expectNotReached(work);
      expectEnding(answer, each.ending, kind, BASE_URL);
    });
  });

  it.each(ALGORITHM_CASES)('a call with $what ends as $ending', async (each) => {
    // The issuer is asked again for an unknown key only now and then, so each case has a host of
    // its own.
    const own = await openHost({
      yaml: guardedYaml(issuers.plain.issuer, BASE_URL),
      environment: readEnvironment({ ...entraVariables(issuers), MCP_PUBLIC_BASE_URL: BASE_URL }),
    });
    const before = host;
    host = own;
    try {
      expectEnding(await send(kind, 2025, each), each.ending, kind, BASE_URL);
    } finally {
      host = before;
      await own.close();
    }
  });
});

it('the log tells the operator what is wrong with a token, and never the token', async () => {
  const [kind] = KINDS as [Kind];
  const expired = casesOf(kind).find(({ what }) => what === 'an expired token') as TokenCase;
  const good = casesOf(kind).find(({ what }) => what === 'a good token') as TokenCase;
  const from = host.logs.length;
  await send(kind, 2025, expired);
  await send(kind, 2025, good);
  expect(host.logs.slice(from)).toMatchObject([
    {
      msg: 'refused',
      reason: 'invalid-token',
      status: 401,
      detail: expect.stringContaining('exp'),
    },
    { msg: 'request', outcome: 'ok' },
  ]);
  expect(host.lines.join('')).not.toMatch(/eyJ|Bearer/);
});
