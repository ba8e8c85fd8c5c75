// The schemas of registries, as their owners publish them.
// server.json: https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json (MIT license, Copyright (c) 2025
// Model Context Protocol). Server card: schema.json of
// https://github.com/modelcontextprotocol/experimental-ext-server-card at 8924e08, July 2026 (Apache License 2.0).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
const options = { strict: false, allErrors: true };

const draft7 = new Ajv(options);
addFormats.default(draft7);
const isServerJson = draft7.compile(read('server.schema.json'));

const draft2020 = new Ajv2020(options);
addFormats.default(draft2020);
draft2020.addSchema(read('server-card.schema.json'), 'server-card');
const isServerCard = draft2020.compile({ $ref: 'server-card#/$defs/ServerCard' });

export function expectServerJson(document: unknown): void {
  isServerJson(document);
  expect(isServerJson.errors ?? []).toEqual([]);
}

export function expectServerCard(document: unknown): void {
  isServerCard(document);
  expect(isServerCard.errors ?? []).toEqual([]);
}
