// What a caller with a token was asked, only a caller with the same subject may answer: sessions,
// posted answers and request states are bound to it, not to the token, which is refreshed.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import {
  ADA,
  again,
  answered,
  begin,
  callLegacy,
  callOf,
  reply,
  shakeHands,
} from '../protocol/questions/asking.ts';
import { openHost, type TestHost } from '../start-host.ts';

const MODES = ['shared', 'fresh', 'shared-replay', 'fresh-replay'] as const;

let issuer: OpenIdIssuer;
let host: TestHost;
beforeAll(async () => {
  issuer = await openIssuer(PLAIN);
  host = await openHost({
    listen: true,
    yaml: `
defaults: { auth: jwt, jwt: { issuer: "${issuer.issuer}", audience: asking } }
servers:
  shared: { module: ./questions-v1.mjs, instance: shared }
  fresh: { module: ./questions-v1.mjs, export: createPlainServer }
  shared-replay: { module: ./questions-v1.mjs, instance: shared, replay: true }
  fresh-replay: { module: ./questions-v1.mjs, export: createPlainServer, replay: true }
`,
    environment: readEnvironment({ MCP_PUBLIC_BASE_URL: 'https://mcp.example.com' }),
  });
  return async () => {
    await host.close();
    await issuer.stop();
  };
});

let tokens = 0;
/** Headers with a new token each time. */
const by = async (sub: string): Promise<Record<string, string>> => {
  const token = await issuer.token({ aud: 'asking', sub, jti: `token ${tokens++}` });
  return { authorization: `Bearer ${token}` };
};

const REFUSED = { status: 200, error: { code: -32602, data: { reason: 'bad-request-state' } } };

describe.each(MODES)('%s', (mode) => {
  it('continues a request for its own caller only, whichever token it has by then', async () => {
    const asking = callOf(`${host.url}/${mode}/mcp`, 'form');
    const retry = answered(await begin(asking, { headers: await by('ada') }), () => ADA);
    const foreign = await again(asking, retry, { headers: await by('bob') });
    expect(foreign.answer).toMatchObject(REFUSED);
    expect((await again(asking, retry)).answer.status).toBe(401);
    const own = await again(asking, retry, { headers: await by('ada') });
    expect(own.answer.text).toBe('accept Ada');
  });

  it('takes a posted answer of its own caller only', async () => {
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path, undefined, await by('ada'));
    const stream = await callLegacy(path, 'form', {}, headers);
    const question = await stream.next();
    expect((await reply(path, question?.id, ADA, await by('bob'))).status).toBe(400);
    expect((await reply(path, question?.id, ADA)).status).toBe(401);
    expect((await reply(path, question?.id, ADA, await by('ada'))).status).toBe(202);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'accept Ada' }]);
  });

  it('takes what a session of another caller says for unknown', async () => {
    const path = `${host.url}/${mode}/mcp`;
    const session = await shakeHands(path, { roots: {} }, await by('ada'));
    const own = await (
      await callLegacy(path, 'form', {}, { ...session, ...(await by('ada')) })
    ).rest();
    expect(JSON.stringify(own)).toContain('did not declare');
    const stream = await callLegacy(path, 'form', {}, { ...session, ...(await by('bob')) });
    expect((await stream.next())?.method).toBe('elicitation/create');
    stream.leave();
  });
});
