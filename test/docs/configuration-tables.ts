// Makes the tables of docs/configuration.md from the JSON Schema of servers.yaml, so that every key
// is there.

import { readFileSync } from 'node:fs';

interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly required?: readonly string[];
}

const HEAD = '| key | value | default | meaning |\n| --- | --- | --- | --- |';

/**
 * Markdown of three sections: `host`, what `defaults` and servers share, and what only a server
 * has.
 */
export function renderConfigurationTables(): string {
  const file = JSON.parse(readFileSync('config/servers.schema.json', 'utf8')) as SchemaNode;
  const { host, defaults, servers } = file.properties as Record<string, SchemaNode>;
  const server = servers?.additionalProperties as SchemaNode;
  const shared = new Set(Object.keys(defaults?.properties ?? {}));
  return [
    '## Keys of `host`',
    section(host as SchemaNode, () => true),
    '## Keys of a server',
    section(server, (key) => !shared.has(key)),
    '## Keys of `defaults` and of a server',
    section(server, (key) => shared.has(key)),
  ].join('\n\n');
}

function section(node: SchemaNode, isIn: (key: string) => boolean): string {
  const keys = Object.keys(node.properties ?? {}).filter(isIn);
  return [HEAD, ...keys.flatMap((key) => rows(node, key, ''))].join('\n');
}

/** The row of a key, then those of the keys below it. */
function rows(parent: SchemaNode, key: string, prefix: string): string[] {
  const node = parent.properties?.[key] as SchemaNode;
  const isRequired = parent.required?.includes(key) ?? false;
  const { text, fallback } = splitDefault(node.description ?? '');
  const cells = [
    `\`${prefix}${key}\``,
    shownValue(node),
    isRequired ? 'required' : escaped(fallback),
    escaped(text),
  ];
  const below = Object.keys(node.properties ?? {}).flatMap((child) =>
    rows(node, child, `${prefix}${key}.`),
  );
  return [`| ${cells.join(' | ')} |`, ...below];
}

/**
 * The schema says the default in the last sentence of a description; here it has a column of its
 * own.
 */
function splitDefault(description: string): { text: string; fallback: string } {
  const [, text = '', condition = '', fallback = ''] =
    /^(.*?)(?:^| )Default([^:]*): (.*)\.$/s.exec(description) ?? [];
  if (fallback === '') return { text: description, fallback: 'none' };
  return { text, fallback: condition === '' ? fallback : `${fallback} (${condition.slice(2)})` };
}

function shownValue(node: SchemaNode): string {
  if (node.enum) return node.enum.map((word) => `\`${word}\``).join(', ');
  switch (node.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `${node.minimum} to ${node.maximum}`;
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return 'text';
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[|<]/g, (character) => `\\${character}`);
}
