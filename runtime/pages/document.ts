// A whole page: its head, its frame and its headers. Nothing is loaded from anywhere: style and script stand in the page,
// and the browser runs them by their hashes alone.

import { createHash } from 'node:crypto';
import { html, Markup } from './html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** By which a file is known as one of ours. */
export const GENERATOR = 'functions-mcp-host';

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
];

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  // In a page itself, the last one has no effect, and browsers complain.
  'content-security-policy': [...POLICY, "frame-ancestors 'none'"].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'Accept',
};

export interface PageParts {
  readonly title: string;
  readonly main: Markup;
  /** A way back to the list of all servers. */
  readonly hasHome: boolean;
  /** Whether the page is a file, which has no headers. */
  readonly isFile: boolean;
}

export function renderDocument({ title, main, hasHome, isFile }: PageParts): string {
  const policy = POLICY.join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${
  isFile &&
  html`<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${GENERATOR}">
`
}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="unseen skip" href="#main">Skip to the content</a>
${
  hasHome &&
  html`<header><nav aria-label="Servers"><a href="/">← All servers</a></nav></header>
`
}<main id="main" tabindex="-1">
${main}
</main>
<footer><p>These are MCP servers: add one to your AI client, and it can use the server’s tools.</p></footer>
<p id="said" class="unseen" role="status"></p>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}
