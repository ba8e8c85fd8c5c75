// The pages in a real Chromium: axe-core finds nothing in light, dark and at 320 pixels, the keyboard reaches
// everything, copying copies, nothing is loaded from elsewhere and nothing that a server says runs.

import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openHost, type TestHost } from '../start-host.ts';
import { noBrowser, sharedBrowser } from './chromium.ts';

const YAML = `
servers:
  hostile: { module: ./hostile-texts.mjs, title: "<script>globalThis.taken=true</script>" }
  notes: { module: ./kernel-v1.mjs, title: Notes, description: Notes of everybody. }
  people: { module: ./kernel-v1.mjs, auth: entra, title: People }
  resting: { command: node, args: [./not-there.mjs] }
  gone: { module: ./not-there.mjs }
`;
const PATHS = ['/', '/notes/mcp', '/hostile/mcp', '/people/mcp', '/resting/mcp', '/gone/mcp'];
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'at 320 pixels': { viewport: { width: 320, height: 640 } },
};
/** Much sooner than a click on each of them. */
const OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true";

describe.skipIf(noBrowser)(noBrowser ?? 'in Chromium', () => {
  const browser = sharedBrowser();
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost({ yaml: YAML, listen: true });
    return () => host.close();
  });

  /** Opens a page, and notes all that it should not do. */
  async function open(path: string, options: BrowserContextOptions = {}) {
    const context = await browser().newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const faults: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(host.url + path);
    return { page, context, faults, requests };
  }

  describe.each(Object.entries(LOOKS))('%s', (_, look) => {
    test.each(PATHS)('%s has no fault that axe-core finds, and fits', async (path) => {
      const { page, faults } = await open(path, look);
      await page.evaluate(OPEN_ALL as string);
      expect(await violations(page)).toEqual([]);
      const [width, inner] = (await page.evaluate(
        '[document.documentElement.scrollWidth, innerWidth]' as string,
      )) as number[];
      expect(width).toBeLessThanOrEqual(inner as number);
      expect(faults).toEqual([]);
    });
  });

  test.each(PATHS)('%s loads nothing but itself, and runs nothing of a server', async (path) => {
    const { page, faults, requests } = await open(path);
    expect(requests).toEqual([host.url + path]);
    expect(await page.evaluate('globalThis.taken' as string)).toBeUndefined();
    expect(await page.locator('script').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  test('a script that somebody gets into a page does not run', async () => {
    const { page, faults } = await open('/notes/mcp');
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'globalThis.taken = true';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="/x" onerror="globalThis.taken=true">');
    `);
    expect(await page.evaluate('globalThis.taken' as string)).toBeUndefined();
    expect(faults.join('\n')).toContain('Content Security Policy');
  });

  test('no other page can frame it', async () => {
    const { context } = await open('/notes/mcp');
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    await page.setContent(`<iframe src="${host.url}/notes/mcp"></iframe>`);
    await expect.poll(() => faults.join('\n')).toContain("frame-ancestors 'none'");
  });

  test('the keyboard reaches every link, button and group, in order', async () => {
    const { page } = await open('/notes/mcp');
    await page.evaluate(OPEN_ALL as string);
    const all = 'a[href], button, summary';
    const wanted = await page
      .locator(all)
      .evaluateAll((elements) => elements.map((element) => String(element.textContent)));
    const reached: string[] = [];
    const seen = 'document.activeElement.textContent';
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    for (let at = 0; at < wanted.length; at += 1) {
      await page.keyboard.press('Tab');
      reached.push(String(await page.evaluate(seen as string)));
      if (at > 0) expect(await page.evaluate(outline as string)).not.toBe('none');
    }
    expect(reached).toEqual(wanted);
    expect(wanted[0]).toBe('Skip to the content');
    expect(wanted.length).toBeGreaterThan(40);
  });

  test('Enter opens a client, and its button copies what stands beside it', async () => {
    const { page, context } = await open('/notes/mcp');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const client = page.locator('details', { hasText: 'Claude Code' }).first();
    await client.locator('summary').focus();
    await page.keyboard.press('Enter');
    const button = client.getByRole('button', { name: 'Copy the entry for Claude Code' });
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('status').textContent()).toBe('Copied');
    const copied = await page.evaluate('navigator.clipboard.readText()' as string);
    expect(JSON.parse(String(copied))).toEqual({
      mcpServers: { notes: { type: 'http', url: await page.locator('#notes-url').textContent() } },
    });
  });

  test('where the clipboard is closed, the button selects and copies the old way', async () => {
    const { page } = await open('/notes/mcp');
    await page.evaluate(
      "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.addEventListener('copy', () => { globalThis.selected = String(getSelection()); })",
    );
    await page.getByRole('button', { name: 'Copy the address of notes' }).click();
    await expect
      .poll(() => page.evaluate('globalThis.selected' as string))
      .toBe(await page.locator('#notes-url').textContent());
  });

  test('without scripts there is no button that does nothing, and the rest works', async () => {
    const { page } = await open('/notes/mcp', { javaScriptEnabled: false });
    expect(await page.getByRole('button', { name: /Copy/ }).count()).toBe(0);
    await page.locator('summary', { hasText: 'Cursor' }).click();
    expect(await page.locator('#notes-cursor-file').isVisible()).toBe(true);
  });

  test('a person who hears the page finds its parts by headings and names', async () => {
    const { page } = await open('/notes/mcp');
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['Notes']);
    const parts = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(parts.map((text) => text.replace(/ \d+$/, ''))).toEqual([
      'Address',
      'Sign-in',
      'Add it to your client',
      'Tools',
    ]);
    expect(await page.getByRole('link', { name: 'Install in VS Code', exact: true }).count()).toBe(
      1,
    );
    expect(await page.getByRole('region').count()).toBe(4);
  });

  test('the list leads to the page of a server, and back', async () => {
    const { page } = await open('/');
    await page.getByRole('link', { name: 'Notes' }).click();
    expect(page.url()).toBe(`${host.url}/notes/mcp`);
    await page.getByRole('link', { name: 'All servers' }).click();
    expect(page.url()).toBe(`${host.url}/`);
  });
});

/** What axe-core finds, with where it is. Its script comes from the test, past the policy of the page. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = (await page.evaluate('axe.run()' as string)) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  );
}
