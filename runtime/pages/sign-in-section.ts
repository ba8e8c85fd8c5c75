// Who may call a server, and what a caller must show.

import { html, type Markup } from './html.ts';
import type { ShownServer } from './shown-server.ts';

/** In a few words. */
export function signInWord({ config: { auth }, checksKeys }: ShownServer): string {
  if (auth === 'entra') return 'Sign-in: Microsoft Entra';
  if (auth === 'jwt') return 'Sign-in: OAuth';
  return auth === 'function' && checksKeys ? 'Needs a key' : 'No sign-in';
}

export function signInSection(server: ShownServer): Markup {
  const { config, checksKeys } = server;
  const { auth, scopes, jwt } = config;
  if (auth === 'anonymous')
    return html`<p>None. Whoever reaches the address can call this server.</p>`;
  if (auth === 'function') {
    return checksKeys
      ? html`<p>A key of the Functions app, in the header <code>x-functions-key</code>. Ask who runs this server for it. Entries that name <code>MCP_FUNCTION_KEY</code> read it from that environment variable.</p>`
      : html`<p>None here. In Azure, callers send a key of the Functions app in the header <code>x-functions-key</code>.</p>`;
  }
  return html`<p>${
    auth === 'entra'
      ? 'Microsoft Entra: your client opens a browser, and you sign in with your work account.'
      : html`OAuth: your client opens a browser, and you sign in at <code>${jwt?.issuer ?? 'the issuer'}</code>.`
  }</p>
${
  scopes.length > 0 &&
  html`<p class="soft small">Scopes: ${scopes.map((scope, at) => html`${at > 0 && ', '}<code>${scope}</code>`)}</p>`
}${
  auth === 'entra' &&
  (server.entry.signIn
    ? html`<p class="soft small">Client id for clients that ask for one: <code>${server.entry.signIn.clientId}</code>. VS Code needs none.</p>`
    : html`<p class="soft small">Clients other than VS Code need a client id. Ask who runs this server for it.</p>`)
}`;
}
