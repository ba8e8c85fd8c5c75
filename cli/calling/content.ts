// What a server answered, for people: texts as they are, values readably, and pictures, sounds and
// other bytes as files.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type {
  CallToolResult,
  ContentBlock,
  ReadResourceResult,
} from '@modelcontextprotocol/sdk/types.js';
import { stringify } from 'yaml';
import { printable, printableLines } from '../terminal.ts';

export interface Printer {
  /** One line or several on stdout. */
  readonly print: (text: string) => void;
  /** Folder for files. */
  readonly folder: string;
  /** Begins the names of files. */
  readonly label: string;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
};
const MAX_FILES = 10_000;

export function printToolResult(result: CallToolResult, printer: Printer): void {
  const { content, structuredContent } = result;
  const isRepeated = (block: ContentBlock): boolean =>
    structuredContent !== undefined &&
    block.type === 'text' &&
    isDeepStrictEqual(parseJson(block.text), structuredContent);
  for (const block of content.filter((each) => !isRepeated(each))) printBlock(block, printer);
  if (structuredContent !== undefined) {
    printer.print(printableLines(stringify(structuredContent).trimEnd()));
  }
}

export function printBlock(block: ContentBlock, printer: Printer): void {
  switch (block.type) {
    case 'text':
      printer.print(printableLines(block.text));
      return;
    case 'image':
    case 'audio':
      printer.print(save(block.type, block.data, block.mimeType, printer));
      return;
    case 'resource':
      printContents([block.resource], printer);
      return;
    case 'resource_link':
      printer.print(printable(`${block.title ?? block.name}: ${block.uri}`));
  }
}

export function printContents(contents: ReadResourceResult['contents'], printer: Printer): void {
  for (const part of contents) {
    if ('text' in part) printer.print(printableLines(part.text));
    else printer.print(save('resource', part.blob, part.mimeType ?? '', printer));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns a line that says where the file is */
function save(kind: string, base64: string, mimeType: string, { folder, label }: Printer): string {
  const bytes = Buffer.from(base64, 'base64');
  const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  const file = writeNew(folder, fileLabel(label), EXTENSIONS[type] ?? 'bin', bytes);
  return printable(`Saved ${kind} (${type || 'unknown type'}, ${bytes.length} bytes): ${file}`);
}

/** Names that come from servers are not paths. */
function fileLabel(label: string): string {
  return (
    label
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'file'
  );
}

/** Takes the first number that is free, also when another program takes one meanwhile. */
function writeNew(folder: string, label: string, extension: string, bytes: Buffer): string {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw saveError(folder, error);
  }
  for (let number = 1; number <= MAX_FILES; number++) {
    const file = join(folder, `${label}-${number}.${extension}`);
    const flags = { flag: 'wx' } as const;
    try {
      writeFileSync(file, '', flags);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw saveError(file, error);
    }
    try {
      writeFileSync(file, bytes);
      return file;
    } catch (error) {
      rmSync(file, { force: true });
      throw saveError(file, error);
    }
  }
  throw saveError(join(folder, `${label}-*.${extension}`), { code: 'EEXIST' });
}

function saveError(file: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return new Error(`${file} cannot be written (${code}). Fix: choose another folder with --save`, {
    cause: error,
  });
}
