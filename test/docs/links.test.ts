// Every link inside the repository leads somewhere.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { anchorsOf, documents, linksIn } from './markdown.ts';

describe.each(documents)('%s', (document) => {
  test('has links to files and headings that exist', () => {
    const broken = linksIn(document).filter((link) => !resolves(link, document));
    expect(broken).toEqual([]);
  });

  test('links to other sites by https only', () => {
    expect(linksIn(document).filter((link) => link.startsWith('http:'))).toEqual([]);
  });
});

test('every page of docs/ is linked from the README', () => {
  const linked = linksIn('README.md').map((link) => link.replace(/#.*/, ''));
  const pages = documents.filter((document) => document.startsWith('docs/'));
  expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
});

test('the architecture names every folder of code and every room of runtime/', () => {
  const linked = linksIn('docs/architecture.md').map((link) => join('docs', link));
  const folders = ['.', 'runtime']
    .flatMap((parent) => foldersIn(parent).map((name) => join(parent, name)))
    .filter((folder) => !/^(\.|node_modules|dist|coverage|docs)/.test(folder));
  expect(folders.filter((folder) => !linked.includes(folder))).toEqual([]);
});

function foldersIn(parent: string): string[] {
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function resolves(link: string, from: string): boolean {
  if (/^[a-z]+:/.test(link)) return true;
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchorsOf(file).has(anchor);
}
