// The schema of server.json, as https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json has it
// (MIT license, Copyright (c) 2025 Model Context Protocol).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'server.schema.json'), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

export function expectServerJson(document: unknown): void {
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
}
