// What doctor says of a client's redirect URI is what the template registers, and "measured" is
// said only of recorded requests.

import { expect, test } from 'vitest';
import { CLIENT_REQUESTS, SERVER_PART } from '../../../cli/doctor/client-requests.ts';
import registered from '../../../infra/entra-clients.json' with { type: 'json' };
import { ENTRA_CLIENTS } from '../../../standins/openid-issuer/entra-clients.ts';

const measured = CLIENT_REQUESTS.filter(({ basis }) => basis === 'measured');

test.each(measured)('$client: its request was recorded', ({ client, promptsConsent }) => {
  const recorded = ENTRA_CLIENTS.find((each) => client.startsWith(each.client.split(',')[0] ?? ''));
  expect(recorded?.requests).toBe('recorded');
  expect(recorded?.sends.authorize.prompt === 'consent').toBe(promptsConsent);
});

/** A redirect URI with a part for the server is made by the hook. */
const chosen = CLIENT_REQUESTS.filter(
  ({ chosenBy, redirectUri }) => chosenBy !== undefined && !redirectUri.includes(SERVER_PART),
);

test.each(chosen)('$client: the template registers its redirect URI', (request) => {
  const { redirectUri, chosenBy } = request;
  const uris = registered[chosenBy as keyof typeof registered];
  // Entra does not look at the port of a loopback address.
  const uri = redirectUri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+/, '$1');
  expect(uris).toContain(uri);
});
