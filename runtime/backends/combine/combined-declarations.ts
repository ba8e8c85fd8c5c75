// What a combination says of itself: its own name, and what its members declare together.

import { isObject } from '../../../config/json-value.ts';
import type { ServerConfig } from '../../../config/schema.ts';
import { type Declarations, legacyCapabilitiesOf } from '../../exchange/backend.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import type { Member } from '../../exchange/member.ts';

/** MCP wants a version; an entry of servers.yaml has none. */
const VERSION = '1';

/** Lists change when a member comes or goes, also where no member reports changes. */
const LISTS = ['tools', 'prompts', 'resources'];

export type Named = Pick<ServerConfig, 'name' | 'title' | 'description'>;

/** A getter of the declarations; they are the same object until those of a member change. */
export function combinedDeclarations(
  config: Named,
  members: readonly Member[],
): () => Declarations | undefined {
  let sources: readonly (Declarations | undefined)[] = [];
  let combined: Declarations | undefined;
  return () => {
    const current = members.map(({ backend }) => backend.declarations);
    if (current.some((each, at) => each !== sources[at])) {
      sources = current;
      combined = combine(config, members, current);
    }
    return combined;
  };
}

/** @returns undefined while no member has said anything. */
function combine(
  config: Named,
  members: readonly Member[],
  sources: readonly (Declarations | undefined)[],
): Declarations | undefined {
  const known = members.flatMap((member, at) => {
    const declarations = sources[at];
    return declarations ? [{ member, declarations }] : [];
  });
  if (known.length === 0) return undefined;
  const instructions = known.flatMap(({ member, declarations }) =>
    declarations.instructions ? [titled(member, declarations.instructions)] : [],
  );
  const tools = known.map(({ member, declarations }) =>
    declarations.tools?.map((tool) => prefixed(member, tool)),
  );
  const reading = known.flatMap(({ declarations }) => declarations.readingTools ?? []);
  return {
    serverInfo: serverInfoOf(config),
    capabilities: union(known.map(({ declarations }) => declarations.capabilities)),
    ...(known.some(({ declarations }) => declarations.legacyCapabilities) && {
      legacyCapabilities: union(
        known.map(({ declarations }) => legacyCapabilitiesOf(declarations)),
      ),
    }),
    ...(instructions.length > 0 && { instructions: instructions.join('\n\n') }),
    ...(tools.every((each) => each !== undefined) && { tools: tools.flat() }),
    ...(reading.length > 0 && { readingTools: Promise.all(reading).then(() => undefined) }),
  };
}

export function serverInfoOf({ name, title, description }: Named): JsonObject {
  return { name, ...(title && { title }), version: VERSION, ...(description && { description }) };
}

/** A tool or prompt under its name in the combination. */
export function prefixed({ prefix }: Member, item: JsonObject): JsonObject {
  return { ...item, name: `${prefix}_${item.name}` };
}

function titled({ config, prefix }: Member, instructions: string): string {
  const title = config.title ?? config.name;
  return `# ${title}\n\nThe names of its tools and prompts begin with \`${prefix}_\` here.\n\n${instructions}`;
}

/** Of two members that say different things of one capability, the first is heard; `true` wins. */
function union(all: readonly JsonObject[]): JsonObject {
  const capabilities: Record<string, unknown> = {};
  for (const [name, value] of all.flatMap(Object.entries)) {
    capabilities[name] = merge(capabilities[name], value);
  }
  for (const name of LISTS) {
    const capability = capabilities[name];
    if (isObject(capability)) capabilities[name] = { ...capability, listChanged: true };
  }
  return capabilities;
}

function merge(first: unknown, second: unknown): unknown {
  if (!isObject(first) || !isObject(second)) return first || second;
  const merged: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) merged[key] = merge(merged[key], value);
  return merged;
}
