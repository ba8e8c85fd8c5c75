// Reads the documents: fenced blocks, links, anchors and tables. Enough for our own Markdown, not
// for every one.

import { readdirSync, readFileSync } from 'node:fs';

/** All documents, as paths from the root. */
export const documents: readonly string[] = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    name.endsWith('.md') ? [`docs/${name.replaceAll('\\', '/')}`] : [],
  ),
];

export interface FencedBlock {
  /** `README.md:12`, for messages. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** The lines of a document, with "\n" also where Git made it "\r\n". */
export function readDocument(path: string): string {
  return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
}

export function fencedBlocks(path: string, language?: string): FencedBlock[] {
  const text = readDocument(path);
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .map(({ 1: word = '', 2: content = '', index }) => ({
      place: `${path}:${text.slice(0, index).split('\n').length}`,
      language: word,
      text: content,
    }))
    .filter((block) => language === undefined || block.language === language);
}

/**
 * The commands of a document's `sh` blocks: `a && b` are two, and one that goes on in an indented
 * line is one.
 */
export function commandsIn(path: string): string[] {
  return fencedBlocks(path, 'sh').flatMap(({ text }) => commandsOf(text));
}

/** The same of one block. */
export function commandsOf(text: string): string[] {
  return text
    .trim()
    .split(/\n(?! )| && /)
    .filter((line) => line !== '');
}

/**
 * The commands of the last section of docs/authorization.md, whose blocks are indented in its list,
 * too.
 */
export function tenantCommands(): string[] {
  const [, section = ''] = readDocument('docs/authorization.md').split('## What needs a tenant');
  return [...section.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].flatMap(
    ([, indent = '', text = '']) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(indent.length)),
  );
}

/** Targets of links and images. */
export function linksIn(path: string): string[] {
  return [...prose(path).matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
    ([, inline, reference]) => (inline ?? reference) as string,
  );
}

/** The anchors that GitHub gives to headings: lower case, hyphens for blanks, no punctuation. */
export function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(path).matchAll(/^#{1,6} (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    const repeat = [...anchors].filter((known) => known.replace(/-\d+$/, '') === slug).length;
    anchors.add(repeat === 0 ? slug : `${slug}-${repeat}`);
  }
  return anchors;
}

/**
 * The rows of the table whose first column has this heading, each as a list of cells without
 * backticks.
 */
export function tableRows(path: string, firstHeading: string): string[][] {
  const lines = prose(path).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`));
  if (start === -1) throw new Error(`${path}: no table with the heading "${firstHeading}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? rows.length : end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

function prose(path: string): string {
  return readDocument(path).replaceAll(/^```.*?^```$/gms, '');
}
