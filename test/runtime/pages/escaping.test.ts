// Everything that a server says is text on its page.

import { expect, test } from 'vitest';
import { foreign, html } from '../../../runtime/pages/html.ts';
// @ts-expect-error: a fixture without types
import { HOSTILE } from '../../fixtures/servers/hostile-texts.mjs';
import { startHost } from '../start-host.ts';

const headers = { host: 'localhost', accept: 'text/html' };

test.each(['/', '/hostile/mcp', '/titled/mcp'])(
  '%s has no element, attribute or link of a server',
  async (url) => {
    const yaml = `
servers:
  hostile: { module: ./hostile-texts.mjs }
  titled:
    module: ./hostile-texts.mjs
    title: "<script>taken</script>"
    description: "<a href='javascript:taken'>x</a> \\" onclick=taken"
`;
    const { app } = await startHost({ yaml });
    const { body } = await app.inject({ url, headers });
    expect(body).toContain('&lt;script&gt;');
    const elements = [...body.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name);
    const ours =
      /^(html|head|meta|title|style|body|a|header|nav|main|h[1-4]|p|span|code|section|div|button|ul|li|details|summary|pre|bdi|br|footer|script)$/;
    expect(elements.filter((name) => !ours.test(name as string))).toEqual([]);
    expect(elements.filter((name) => name === 'script')).toHaveLength(1);
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect(link).toMatch(/^(#|\/|(vscode|vscode-insiders|cursor|lmstudio|goose|https):)/);
      expect(link).not.toContain('taken');
    }
    expect(body).not.toMatch(/<[^>]*\son[a-z]+=/);
    expect(body).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028]/u);
    if (url === '/hostile/mcp') {
      expect(body).toContain('&lt;svg/onload=globalThis.taken=true&gt;');
      expect(body).toContain('&amp;lt;b&amp;gt; &amp;amp; &amp;#x3c;');
      expect(HOSTILE.length).toBe(10);
      expect(body).toContain('right to left \ufffd gnissorc');
    }
  },
);

test.each([
  ['a text', 'plain', '<bdi>plain</bdi>'],
  ['quotes', `"'`, '<bdi>&quot;&#39;</bdi>'],
  ['Hebrew, isolated', 'שלום', '<bdi>שלום</bdi>'],
  ['an emoji of several', '👩‍👩‍👧', '<bdi>👩‍👩‍👧</bdi>'],
  ['line ends', 'a\r\nb\rc', '<bdi>a\nb\ufffdc</bdi>'],
  ['a text that is too long', 'x'.repeat(21), `<bdi>${'x'.repeat(20)}…</bdi>`],
])('%s is shown as it should be', (_, text, shown) => {
  expect(foreign(text, 20)?.text).toBe(shown);
});

test.each([[''], [' \n'], [1], [null], [undefined], [{}], [['x']]])('%j is left out', (value) => {
  expect(foreign(value, 20)).toBeUndefined();
});

test('what is filled in is escaped, also within lists', () => {
  const items = ['<', '&'].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}${[['"']]}${undefined}${false}${0}</ul>`.text).toBe(
    '<ul><li>&lt;</li><li>&amp;</li>&quot;0</ul>',
  );
});

test('a server that says very much makes a page that is not very long', async () => {
  const { app } = await startHost({ yaml: 'servers: { many: { module: ./many-tools.mjs } }' });
  const { body } = await app.inject({ url: '/many/mcp', headers });
  expect(body).toContain('And 800 more');
  expect(body).toContain('and 50 more');
  expect(body.length).toBeLessThan(4_000_000);
});
