// The loopback issuer that follows the MCP specification: its documents, keys, and failures on
// demand.

import { expect, onTestFinished, test } from 'vitest';
import { PLAIN } from './modes.ts';
import { openIssuer } from './openid-issuer.ts';

async function start() {
  const issuer = await openIssuer(PLAIN);
  onTestFinished(() => issuer.stop());
  return issuer;
}

async function keyIds(url: string): Promise<string[]> {
  const { keys } = (await (await fetch(`${url}/keys`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

test.each(['openid-configuration', 'oauth-authorization-server'])(
  'describes itself at /.well-known/%s',
  async (document) => {
    const { url, issuer } = await start();
    const answer = await fetch(`${url}/.well-known/${document}`);
    expect(await answer.json()).toMatchObject({
      issuer,
      jwks_uri: `${url}/keys`,
      registration_endpoint: `${url}/register`,
      code_challenge_methods_supported: ['S256'],
    });
  },
);

test('after a rotation, the new key signs and the old one is gone', async () => {
  const issuer = await start();
  expect(await keyIds(issuer.url)).toEqual(['key-1']);
  await issuer.rotate();
  expect(await keyIds(issuer.url)).toEqual(['key-2']);
  expect(headerOf(await issuer.token({})).kid).toBe('key-2');
});

test('serves on the same port after it was down', async () => {
  const issuer = await start();
  await issuer.goDown();
  await expect(keyIds(issuer.url)).rejects.toThrow('fetch failed');
  await issuer.comeBack();
  expect(await keyIds(issuer.url)).toEqual(['key-1']);
});

test('gives a client a token for the resource it names', async () => {
  const issuer = await start();
  const form = { grant_type: 'client_credentials', client_id: 'a', resource: 'https://r.example' };
  const body = new URLSearchParams(form);
  const answer = await fetch(`${issuer.url}/token`, { method: 'POST', body });
  const { access_token } = (await answer.json()) as { access_token: string };
  const payload = Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString();
  expect(JSON.parse(payload)).toMatchObject({ iss: issuer.issuer, aud: 'https://r.example' });
});
