// The JSON Schema of servers.yaml, with which editors complete, explain and check the file.

import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** Text of config/servers.schema.json. Draft 7, which every YAML editor plug-in reads. */
export function renderJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ $schema, title: 'servers.yaml', ...schema }, null, 2)}\n`;
}
