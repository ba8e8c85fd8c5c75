// The gateway stand-in by itself: it executes the policies it is given, and fails at what it does
// not know.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type GatewayOptions, openGateway } from './gateway.ts';
import type { Snapshot } from './snapshot.ts';

const SERVICE = 'Microsoft.ApiManagement/service';

const FORWARD =
  '<forward-request timeout="220" buffer-request-body="false" buffer-response="false" />';
const LIMIT =
  '<rate-limit-by-key calls="1" renewal-period="60" counter-key="caller few" retry-after-variable-name="retryAfter" />';
const CORS = `<cors allow-credentials="false" terminate-unmatched-request="false">
  <allowed-origins><origin>https://app.example.com</origin></allowed-origins>
  <allowed-methods preflight-result-max-age="300"><method>POST</method></allowed-methods>
  <allowed-headers><header>*</header></allowed-headers>
</cors>`;

/** One API with one operation. */
function snapshotOf(inbound: string): Snapshot {
  const policy = `<policies><inbound><base />${inbound}</inbound><backend>${FORWARD}</backend><outbound><base /></outbound><on-error><base /></on-error></policies>`;
  const resource = (type: string, name: string, properties: object) => ({ type, name, properties });
  return {
    predictedResources: [
      resource(`${SERVICE}/apis`, 'apim/few', {
        path: 'few/mcp',
        serviceUrl: "[format('{0}{1}', reference('app').outputs.url.value, '/behind/mcp')]",
      }),
      resource(`${SERVICE}/apis/operations`, 'apim/few/post', { method: 'POST', urlTemplate: '/' }),
      resource(`${SERVICE}/apis/policies`, 'apim/few/policy', { value: policy }),
    ],
    diagnostics: [],
    outputs: {},
  };
}

async function start(inbound: string, options: Partial<GatewayOptions> = {}) {
  const gateway = await openGateway({
    snapshot: snapshotOf(inbound),
    backendUrl: 'http://127.0.0.1:9',
    port: 0,
    namedValues: {},
    ...options,
  });
  onTestFinished(() => gateway.stop());
  return (method = 'POST', headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/few/mcp?a=1`, { method, headers });
}

/** A backend that answers with the target it was asked for. */
async function startBackend(): Promise<string> {
  const backend = createServer(({ url }, response) => response.end(url));
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  onTestFinished(() => {
    backend.close();
    backend.closeAllConnections();
  });
  return `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
}

test('forwards the operations of an API to its backend path, and answers others with 404', async () => {
  const ask = await start('', { backendUrl: await startBackend() });
  const answer = await ask();
  expect([answer.status, await answer.text()]).toEqual([200, '/behind/mcp/?a=1']);
  expect((await ask('PUT')).status).toBe(404);
});

test('limits calls by its clock', async () => {
  let clockMs = 0;
  const ask = await start(LIMIT, { backendUrl: await startBackend(), now: () => clockMs });
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
  clockMs += 60_000;
  expect((await ask()).status).toBe(200);
});

test('answers preflights with an empty 200, with the headers of CORS for allowed origins only', async () => {
  const ask = await start(CORS);
  const preflight = (origin: string) =>
    ask('OPTIONS', { origin, 'access-control-request-method': 'POST' });
  const [allowed, other] = await Promise.all(
    ['https://app.example.com', 'https://evil.example'].map(preflight),
  );
  expect([allowed?.status, other?.status]).toEqual([200, 200]);
  expect(allowed?.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(other?.headers.get('access-control-allow-origin')).toBeNull();
});

test.each([
  ['an element', '<made-up />', 'No such policy is known: made-up'],
  [
    'an expression',
    LIMIT.replace('caller few', '@(&quot;somebody &quot; + context.Request.IpAddress)'),
    'No such expression is known: @("somebody " + context.Request.IpAddress)',
  ],
])('answers 599 with the reason at %s that it does not know', async (_, inbound, message) => {
  const answer = await (await start(inbound))();
  expect(answer.status).toBe(599);
  expect(await answer.text()).toContain(message);
});

test('does not start with a policy that names a named value that is not there', async () => {
  await expect(start('{{made-up}}')).rejects.toThrow('There is no named value {{made-up}}');
});
