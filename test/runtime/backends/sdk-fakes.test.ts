// Servers whose SDK is not inside as the host knows it, as a later SDK could be: they are served
// all the same, `/readyz` names what is off, and one warning says what they lack.

import { expect, it } from 'vitest';
import { callTool, type Serving } from '../exchange/faults/servings.ts';
import { startHost } from '../start-host.ts';

interface Fake {
  readonly fake: string;
  readonly sdk: Serving['sdk'];
  readonly instance: Serving['instance'];
  readonly off: readonly string[];
}

const SDKS = ['v1', 'v2'] as const;
const INSTANCES = ['shared', 'per-request'] as const;

const of = (fake: string, off: readonly string[], sdks: readonly Fake['sdk'][] = SDKS): Fake[] =>
  sdks.flatMap((sdk) => INSTANCES.map((instance) => ({ fake, sdk, instance, off })));

const FAKES: readonly Fake[] = [
  ...of('genuine', []),
  ...of('withoutHandlers', ['_requestHandlers']),
  ...of('withDecoyHandlers', ['_requestHandlers']),
  ...of('withoutTaker', ['_onrequest']),
  ...of('withOtherTaker', ['_onrequest']),
  ...of('withoutMark', ['getNegotiatedProtocolVersion'], ['v2']),
  ...of('withForeignMark', ['getNegotiatedProtocolVersion'], ['v1']),
  ...of('withoutAuthInfo', ['handlerContext']),
  // The twin for 2026-07-28 belongs to shared servers only.
  { fake: 'withoutRevision', sdk: 'v2', instance: 'shared', off: ['_negotiatedProtocolVersion'] },
  { fake: 'withoutRevision', sdk: 'v2', instance: 'per-request', off: [] },
];

const MODULE = '../../runtime/backends/sdk-fakes.mjs';

const yamlOf = ({ fake, sdk, instance }: Fake): string => `
defaults: { auth: anonymous }
servers:
  faked: { module: ${MODULE}, export: create${sdk.toUpperCase()}, instance: ${instance}, env: { FAKE: ${fake} } }
`;

async function detailsOf(url: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${url}/readyz`);
  return ((await response.json()) as { servers: Record<string, unknown>[] }).servers;
}

it.each(FAKES)(
  '$sdk $instance $fake is served in both eras, and told to lack $off',
  async (each) => {
    const host = await startHost({ listen: true, yaml: yamlOf(each) });
    const [detail] = await detailsOf(host.url);
    expect(detail).toMatchObject({ status: 'serving' });
    expect(detail?.sdkInternals ?? []).toEqual(each.off);

    const warnings = host.logs.filter(({ level }) => level === 'warn').map(({ msg }) => `${msg}`);
    expect(warnings).toHaveLength(each.off.length);
    for (const name of each.off) expect(warnings[0]).toMatch(new RegExp(`\`${name}\`: .*Fix: `));

    for (const era of ['legacy', 'modern'] as const) {
      const serving: Serving = { ...each, era, server: 'faked', name: each.fake };
      expect(await callTool(host.url, serving, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
      // The caller's request reaches the handler, whichever SDK the host took it for.
      expect(await callTool(host.url, serving, 'whoami')).toMatchObject({ text: '/faked/mcp' });
    }
  },
);

it.each(INSTANCES)(
  'a %s server whose scopes nobody could look at is unavailable',
  async (instance) => {
    const host = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous }
servers:
  faked: { module: ${MODULE}, export: createHidingScopes, instance: ${instance} }
`,
    });
    const [detail] = await detailsOf(host.url);
    expect(detail).toMatchObject({ status: 'unavailable', reason: 'faulty-sdk' });
  },
);
