// The committed JSON Schema: fresh, documented to the last key, and in agreement with what is
// checked.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderJsonSchema } from '../../config/json-schema.ts';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
}

const schema = JSON.parse(renderJsonSchema()) as Node;

function* keys(node: Node, path: string): Generator<[string, Node]> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    yield [`${path}${name}`, child];
    yield* keys(child, `${path}${name}.`);
  }
  if (typeof node.additionalProperties === 'object')
    yield* keys(node.additionalProperties, `${path}*.`);
}

describe('config/servers.schema.json', () => {
  test('is what the schema says now (else: npx --no mcp-host schema --write)', () => {
    expect(readFileSync('config/servers.schema.json', 'utf8')).toBe(renderJsonSchema());
  });

  test('explains every key', () => {
    const silent = [...keys(schema, '')].filter(([, { description }]) => !description);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('tells the default of every key that may be left out', () => {
    const described = [...keys(schema, '')].filter(([path]) => /^defaults\.[^.]+$/.test(path));
    const silent = described.filter(([, { description }]) => !description?.includes('Default'));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('states each default in words as in numbers', () => {
    const numeric = [...keys(schema, '')].filter(([, node]) => typeof node.default === 'number');
    expect(numeric).toHaveLength(10);
    for (const [, node] of numeric) expect(node.description).toContain(`Default: ${node.default}`);
  });
});

describe('servers.yaml of this repository', () => {
  test('points editors to the schema in its first line', () => {
    const [first] = readFileSync('servers.yaml', 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./config/servers.schema.json');
  });
});
