// A host with two members on different SDKs and the combination of both, and requests to it in
// either era.

import { onTestFinished } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { postModern } from '../../protocol/eras/modern.ts';
import { type StartOptions, startHost, type TestHost } from '../../start-host.ts';

export const ERAS = ['legacy', 'modern'] as const;
export type Era = (typeof ERAS)[number];

/** A member's switches; see member.mjs. */
export interface Member {
  readonly reads: string[];
  readonly headers: Record<string, string>[];
  calls: number;
  aborted?: number;
  failure: Error | undefined;
  /** It starts when this is over. */
  hold?: Promise<void>;
  pages: Record<string, (cursor: string | undefined) => object> | undefined;
  readonly servers: { registerTool(...args: unknown[]): unknown }[];
}

const MODULE = new URL('./member.mjs', import.meta.url).href;

/** The switches of a member, as they were when the test ends. */
export async function memberOf(name: string): Promise<Member> {
  const { memberOf: find, members } = await import(MODULE);
  members.delete(name);
  onTestFinished(() => void members.delete(name));
  return find(name);
}

export const moduleOf = (name: string, settings = ''): string =>
  `{ module: ../../runtime/backends/combine/member.mjs, export: create${name[0]?.toUpperCase()}${name.slice(1)}, instance: shared, ${settings} }`;

export interface CombinedOptions extends Partial<StartOptions> {
  readonly one?: string;
  readonly two?: string;
  /** Settings of the combination, which is mounted at /desk/mcp. */
  readonly desk?: string;
  readonly defaults?: string;
}

/** Member `two` stands after the combination in the file. */
export const startCombined = ({
  one = '',
  two = '',
  desk = 'combine: { one: {}, two: { prefix: t } }',
  defaults = 'auth: anonymous',
  ...options
}: CombinedOptions = {}): Promise<TestHost> =>
  startHost({
    listen: true,
    ...options,
    yaml: `
defaults: { ${defaults} }
servers:
  one: ${moduleOf('one', one)}
  desk: { ${desk} }
  two: ${moduleOf('two', two)}
`,
  });

export function send(
  { url }: TestHost,
  era: Era,
  method: string,
  params: object = {},
  { server = 'desk', headers = {} }: { server?: string; headers?: Record<string, string> } = {},
): Promise<PostAnswer> {
  const address = `${url}/${server}/mcp`;
  return era === 'legacy'
    ? post(address, { jsonrpc: '2.0', id: 1, method, params }, headers)
    : postModern(address, method, params, { headers });
}

export const call = (
  host: TestHost,
  era: Era,
  name: string,
  options?: Parameters<typeof send>[4],
): Promise<PostAnswer> => send(host, era, 'tools/call', { name, arguments: {} }, options);

/** The names or URIs of a list. */
export async function listed(host: TestHost, era: Era, method: string): Promise<string[]> {
  const { result = {} } = await send(host, era, method);
  const [items] = Object.values(result).filter(Array.isArray);
  return (items as { name: string; uri?: string; uriTemplate?: string }[]).map(
    ({ name, uri, uriTemplate }) => uri ?? uriTemplate ?? name,
  );
}

/** The row of a server in /readyz. */
export async function readiness({ url }: TestHost, name: string): Promise<Record<string, unknown>> {
  const { servers } = (await (await fetch(`${url}/readyz`)).json()) as {
    servers: Record<string, unknown>[];
  };
  return servers.find((server) => server.name === name) as Record<string, unknown>;
}
