// The picture in the README shows what the host prints now, and is there for light and dark pages.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument } from './markdown.ts';
import { asText, firstScreen, hasTerminal, PAGE } from './picture/first-screen.ts';

const TEXT = 'docs/first-screen.txt';
const MAX_BYTES = 200_000;

const [picture = ''] = /<picture>.*?<\/picture>/s.exec(readDocument('README.md')) ?? [];
const [, alt = ''] = /alt="([^"]*)"/.exec(picture) ?? [];
const files = [...picture.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, file = '']) => file);

describe.skipIf(!hasTerminal)('the picture', () => {
  test('shows what two terminals and the page show now (if not: npm run picture)', async () => {
    const { text, html } = await firstScreen(async (screens, url) => {
      const response = await fetch(url + PAGE, { headers: { accept: 'text/html' } });
      return { text: asText(screens), html: await response.text() };
    });
    expect(text).toBe(readDocument(TEXT));
    // What the alternative text says of the page.
    for (const said of ['World time', 'Serving', 'VS Code', 'Cursor']) {
      expect(html).toContain(said);
      expect(alt).toContain(said);
    }
  }, 60_000);

  test('is described for people who do not see it', () => {
    for (const said of ['weather', 'time', 'get-current-time', 'Asia/Tokyo']) {
      expect(readFileSync(TEXT, 'utf8')).toContain(said);
      expect(alt).toContain(said);
    }
  });
});

test('the README has a light and a dark picture, below 200 kB each', () => {
  expect(files).toHaveLength(2);
  for (const file of files) {
    expect(existsSync(join(dirname('README.md'), file)), file).toBe(true);
    expect(statSync(file).size, file).toBeLessThan(MAX_BYTES);
  }
});
