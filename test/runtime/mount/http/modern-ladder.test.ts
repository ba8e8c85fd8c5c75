// The checks of 2026-07-28 against the official SDK's own, combination by combination.

import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import {
  CAPABILITIES_KEY,
  ENVELOPE,
  type ModernParts,
  modern,
  sendModern,
  VERSION_KEY,
} from './modern.ts';
import { sharedMounts } from './mounts.ts';
import { CANARY, fixture } from './refusal.ts';

const mounts = sharedMounts();

const echo = { method: 'tools/call', params: { name: 'echo', arguments: { text: CANARY } } };
const list = { method: 'tools/list' };
const claim = (version: unknown): object => ({ ...ENVELOPE, [VERSION_KEY]: version });

const METHODS: readonly ModernParts[] = [
  list,
  echo,
  { method: 'server/discover' },
  { method: 'nope' },
  {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    },
  },
];
const METAS = [
  null,
  {},
  { [VERSION_KEY]: '2026-07-28' },
  { [CAPABILITIES_KEY]: {} },
  ENVELOPE,
  claim('v999.0.0'),
  claim('2025-11-25'),
  claim(7),
  { ...ENVELOPE, [CAPABILITIES_KEY]: 'x' },
  { ...ENVELOPE, [CAPABILITIES_KEY]: { roots: 1 } },
  { ...ENVELOPE, progressToken: {} },
];
const VERSION_HEADERS = [null, '2026-07-28', '2025-11-25', 'v999.0.0'];
const METHOD_HEADERS = [undefined, null, 'other', '=?base64?!!?='];

it('agrees with the official SDK on every combination of version, envelope and headers', async () => {
  const host = mounts();
  const { createDelta } = await fixture('kernel-v2.mjs');
  const sdk = createMcpHandler(createDelta as never, { legacy: 'reject' });
  const differing: unknown[] = [];
  let compared = 0;
  for (const parts of METHODS)
    for (const meta of METAS)
      for (const version of VERSION_HEADERS)
        for (const method of METHOD_HEADERS) {
          // A version of neither era without envelope: decided otherwise, so that dual-era clients
          // fall back.
          if (
            version === 'v999.0.0' &&
            (parts.method === 'initialize' || !meta || !(VERSION_KEY in meta))
          )
            continue;
          const headers = {
            'mcp-protocol-version': version,
            ...(method !== undefined && { 'mcp-method': method }),
          };
          const request = modern({ ...parts, meta, headers });
          const theirs = await sdk.fetch(
            new Request('http://localhost/', { method: 'POST', ...request }),
          );
          const ours = await sendModern(host, { ...parts, meta, headers });
          const isLegacy = await isLegacyRequest(
            new Request('http://localhost/', { method: 'POST', ...request }),
          );
          const wanted = isLegacy ? [200] : [theirs.status, codeOf(await theirs.text())];
          const got = isLegacy ? [ours.statusCode] : [ours.statusCode, codeOf(ours.body)];
          compared += 1;
          if (String(wanted) !== String(got))
            differing.push({ ...parts, meta, version, method, wanted, got });
        }
  expect(compared).toBeGreaterThan(600);
  expect(differing).toEqual([]);
});

function codeOf(body: string): string | undefined {
  return /"error":\{"code":(-?\d+)/.exec(body)?.[1];
}
