// Sends the rows of the contract to the stand-in or, with FUNCTIONS_HOST_URL, to a real host that
// serves test/functions-host/fixtures/app. FUNCTIONS_HOST_KEY is the function key of a host that
// checks keys; without it the rows about keys are left out. Those about trace context are left out
// unless the app settings of the host name OpenTelemetry mode and a place to send telemetry to, and
// those about routes unless its app settings are `routeSettings`.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ContractRow, contract, KEY, SWAPPED_KEY } from './contract.ts';
import type { Echo } from './fixtures/client.ts';
import { fixtureAppRoot } from './fixtures/fixture-app.ts';
import { sendBytes } from './fixtures/raw-request.ts';
import { pairs } from './headers.ts';
import {
  type FunctionsHostUnderTest,
  functionsHostUnderTest,
  realFunctionsHostKey,
  realFunctionsHostUrl,
} from './under-test.ts';

const key = realFunctionsHostUrl ? (realFunctionsHostKey ?? 'none') : 'Contract-Key-aBc';
const swappedKey = key.replace(/[a-z]/gi, (letter) =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
);
const telemetrySettings = {
  AzureFunctionsJobHost__telemetryMode: 'OpenTelemetry',
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=none',
};

const routeSettings = {
  AzureFunctionsJobHost__customHandler__http__routes__0__route:
    '{*path:regex(^(open)(/.*)?$)=open}',
  AzureFunctionsJobHost__customHandler__http__routes__0__authorizationLevel: 'anonymous',
  AzureFunctionsJobHost__customHandler__http__routes__1__route: '{*path}',
  AzureFunctionsJobHost__customHandler__http__routes__1__authorizationLevel: 'function',
};

let host: FunctionsHostUnderTest;
let hasTelemetry = false;
let hasRoutes = false;
beforeAll(async () => {
  host = await functionsHostUnderTest({
    appRoot: fixtureAppRoot,
    drainTimeoutMs: 0,
    environment: { ...telemetrySettings, ...routeSettings },
    enableAuth: { master: 'the-master-key', functions: { 'http-handler2': [key] } },
  });
  const { environment } = echoOf(await sendRow({ line: 'GET /echo' }));
  hasTelemetry = Object.keys(telemetrySettings).every((name) => name in environment);
  hasRoutes = Object.entries(routeSettings).every(([name, value]) => environment[name] === value);
});
afterAll(() => host.stop());

function fill(text: string): string {
  return text.replaceAll(KEY, key).replaceAll(SWAPPED_KEY, swappedKey);
}

function sendRow({
  line,
  headers = [],
  without = [],
  body = '',
}: Omit<ContractRow, 'name' | 'status'>) {
  const own = ['Connection: close', `Host: ${new URL(host.url).host}`, `x-functions-key: ${KEY}`];
  const named = headers.map((header) => header.slice(0, header.indexOf(':')).toLowerCase());
  const left = [...named, ...without.map((name) => name.toLowerCase())];
  const added = own.filter(
    (header) => !left.includes(header.slice(0, header.indexOf(':')).toLowerCase()),
  );
  const head = [`${line} HTTP/1.1`, ...added, ...headers].map(fill);
  return sendBytes(host.url, `${head.join('\r\n')}\r\n\r\n${body}`);
}

function echoOf({ body }: { body: string }): Echo {
  return JSON.parse(Buffer.from(body, 'latin1').toString()) as Echo;
}

function expectHeaders(
  received: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string | RegExp | null>> = {},
): void {
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) expect(received).not.toHaveProperty([name]);
    else if (typeof value === 'string') expect(received[name]).toBe(fill(value));
    else expect(received[name]).toMatch(value);
  }
}

test.for(contract)('$name', async (row, { skip }) => {
  if (row.needs === 'telemetry' && !hasTelemetry) skip();
  if (row.needs === 'routes' && !hasRoutes) skip();
  const isAboutKeys = row.needs === 'keys' || row.needs === 'routes';
  if (isAboutKeys && realFunctionsHostUrl && !realFunctionsHostKey) skip();
  const answer = await sendRow(row);
  expect(answer.status).toBe(row.status);
  expectHeaders(answer.headers, row.answers);
  if (!row.arrives) {
    expect(answer.body).toBe(row.answerBody ?? '');
    return;
  }
  const arrived = echoOf(answer);
  const { headers, ...rest } = row.arrives;
  expect(arrived).toMatchObject(rest);
  const names = pairs(arrived.rawHeaders).map(([name, value]) => [name.toLowerCase(), value]);
  expectHeaders(Object.fromEntries(names), headers);
  // A value that stays beside the host's own would hide in the record.
  expect(new Set(names.map(([name]) => name)).size).toBe(names.length);
});
