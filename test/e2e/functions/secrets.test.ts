// A canary in every place where a caller's secret may travel: it appears in no line of output, in
// no answer, and no tool can see it.

import { expect, onTestFinished, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { appUnderTest } from './app.ts';
import { logWritten, toolCall } from './calls.ts';
import { hostileRequests } from './hostile-requests.ts';

const canary = 'canary-7f3a9d';

const secretHeaders = {
  'x-functions-key': canary,
  authorization: `Bearer ${canary}`,
  'proxy-authorization': `Basic ${canary}`,
  cookie: `session=${canary}`,
  'x-api-key': canary,
  'api-key': canary,
  'ocp-apim-subscription-key': canary,
  'mcp-session-id': canary,
  'x-ms-client-principal': canary,
  'x-ms-client-principal-id': canary,
  'x-ms-token-aad-access-token': canary,
};

const visible = { 'x-visible': 'yes' };

const query = `?code=${canary}&Code=${canary}`;

const modernCall = {
  ...toolCall('caller'),
  params: {
    name: 'caller',
    arguments: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};

const modernHeaders = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'caller',
};

/** Tools that tell all they know of their caller, and ways in which calls go wrong. */
const calls: readonly (readonly [server: string, message: object, headers?: object])[] = [
  ['tools', toolCall('caller')],
  ['tools-per-request', toolCall('caller')],
  ['modern', toolCall('caller')],
  ['modern', modernCall, modernHeaders],
  ['tools', toolCall('exit')],
  ['tools', toolCall('reject-later')],
  ['tools', toolCall('nothing')],
];

test('a secret of a caller is printed nowhere, answered nowhere and seen by no tool', async () => {
  const host = await appUnderTest({ environment: { LOG_LEVEL: 'trace' } });
  onTestFinished(() => host.stop());
  const answers: string[] = [];
  for (const [server, message, headers] of calls) {
    const all = { ...secretHeaders, ...visible, ...headers };
    const answer = await post(`${host.url}/${server}/mcp${query}`, message, all);
    expect(answer.status).toBe(200);
    answers.push(answer.body);
  }
  // What a tool may see is there, so what is missing was taken out.
  expect(answers.filter((text) => text.includes('x-visible'))).toHaveLength(4);
  for (const { target, request } of hostileRequests) {
    const headers = { ...secretHeaders, ...request.headers };
    const separator = target.includes('?') ? '&' : '?';
    const answer = await send(host.url, `${target}${separator}code=${canary}`, {
      ...request,
      headers,
    });
    answers.push(answer.body.toString());
  }
  expect(answers.filter((text) => text.includes(canary))).toEqual([]);
  if (realFunctionsHostUrl) return;
  await host.standIn?.outputLine(/nobody awaits this/);
  if (host.standIn) await logWritten(host.standIn);
  const lines = host.standIn?.output.map(({ text }) => text) ?? [];
  expect(lines.length).toBeGreaterThan(hostileRequests.length);
  expect(lines.filter((text) => text.includes(canary))).toEqual([]);
});
