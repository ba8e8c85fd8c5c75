// Describes one tool for people: what it does, its arguments, and how to call it.

import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { bold, printable, printableLines } from '../terminal.ts';
import { firstLine, renderOverview } from './overview.ts';
import { describeBounds, describeType, fieldsOf, type Schema, typesOf } from './schema.ts';

/**
 * @param call the command that calls it, without arguments
 */
export function describeTool(tool: Tool, call: string): string[] {
  const schema = tool.inputSchema as Schema;
  const fields = fieldsOf(schema);
  const rows = fields.map(({ name, schema: member, isRequired }) => [
    name,
    describeType(member, schema),
    isRequired ? 'yes' : 'no',
    [describeBounds(member), firstLine(textOf(member.description))].filter(Boolean).join('; '),
  ]);
  const needed = fields.filter(({ isRequired }) => isRequired);
  const example = needed.map(({ name, schema: member }) => `${name}=${sample(member)}`);
  const title = tool.title ?? tool.annotations?.title;
  return [
    bold(printable(title === undefined ? tool.name : `${tool.name}: ${title}`)),
    ...(tool.description === undefined ? [] : [printableLines(tool.description)]),
    ...hints(tool),
    '',
    ...(rows.length === 0
      ? ['It takes no arguments.']
      : renderOverview(['ARGUMENT', 'TYPE', 'NEEDED', 'WHAT'], rows)),
    '',
    `Call it: ${printable([call, ...example].join(' '))}`,
  ];
}

function hints({ annotations = {} }: Tool): string[] {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations;
  const words = [
    readOnlyHint === true ? 'changes nothing' : undefined,
    readOnlyHint !== true && destructiveHint === true ? 'may delete or overwrite' : undefined,
    readOnlyHint !== true && idempotentHint === true ? 'safe to repeat' : undefined,
    openWorldHint === false ? 'does not reach outside systems' : undefined,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? [] : [`The server says about this tool: ${words.join(', ')}.`];
}

function sample(schema: Schema): string {
  const [type] = typesOf(schema);
  const samples: Readonly<Record<string, string>> = {
    array: "'[…]'",
    object: "'{…}'",
    boolean: 'true',
  };
  return samples[type ?? ''] ?? '…';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
