// How to connect: links that install a server in a client, and what to paste where there is none.

import type { Client } from '../../clients/client.ts';
import type { ClientEntry } from '../../clients/client-entries.ts';
import { commandFor, fileWith, linksFor } from '../../clients/client-print.ts';
import { clients } from '../../clients/clients.ts';
import { furtherClients } from '../../clients/further-clients.ts';
import { html, type Markup } from './html.ts';

const ALL = Object.entries<Client>(clients);
/** Clients of which a page says only what they read: it would be twice as large otherwise. */
const SHORT = new Set<Client>(
  Object.values<Client>(furtherClients).filter(({ links }) => links === undefined),
);
const FULL = ALL.filter(([, client]) => !SHORT.has(client));

/** A text with a button that copies it. @param what for people who hear the page */
export function copyable(id: string, text: string, what: string, isBlock = false): Markup {
  const button = html`<button type="button" hidden data-copy="${id}">Copy<span class="unseen"> ${what}</span></button>`;
  return isBlock
    ? html`<div class="copy"><pre id="${id}">${text}</pre>${button}</div>`
    : html`<div class="copy"><code id="${id}">${text}</code>${button}</div>`;
}

export function connectSection(entry: ClientEntry): Markup {
  const installs = ALL.flatMap(([, client]) => {
    const [link] = linksFor(entry, client).lines;
    return link === undefined ? [] : [installLink(link, client)];
  });
  return html`<p class="soft">One click, where the client is installed:</p>
<ul class="installs">
${installs}</ul>
${keyNote(entry)}<p class="soft small">Or paste what your client reads:</p>
<div class="card clients">
${FULL.map(([id, client]) => clientDetails(id, client, entry))}${furtherDetails(entry)}</div>`;
}

/** Clients that read the same text share it. */
function furtherDetails(entry: ClientEntry): Markup {
  const groups = new Map<string, Client[]>();
  for (const client of SHORT) {
    const text = shortText(entry, client);
    groups.set(text, [...(groups.get(text) ?? []), client]);
  }
  return html`<details><summary>More: ${[...SHORT].map(({ title }) => title).join(', ')}</summary><div>
${[...groups].map(([text, group]) => html`${group.map((client) => shortPlace(client))}<pre>${text}</pre>`)}
</div></details>
`;
}

function shortText(entry: ClientEntry, client: Client): string {
  const text = fileWith(entry, client);
  return client.format === 'json' ? JSON.stringify(JSON.parse(text)) : text;
}

function shortPlace(client: Client): Markup {
  const [place] = systemPlaces(client);
  const where = place === undefined ? (client.pasteInto ?? 'its settings') : place.shown;
  return html`<p class="small soft">${client.title}: <code>${where}</code></p>`;
}

function installLink(link: string, { title }: Client): Markup {
  return html`<li><a class="install" rel="noreferrer" href="${link}"><span class="unseen">Install in </span>${title}</a></li>
`;
}

function keyNote(entry: ClientEntry): Markup | undefined {
  const lacking = ALL.filter(([, client]) => client.links && linksFor(entry, client).lacksKey).map(
    ([, { title }]) => title,
  );
  if (lacking.length === 0) return undefined;
  return html`<p class="soft small">No link holds a key. In ${lacking.join(', ').replace(/, ([^,]*)$/, ' and $1')}, add the header <code>x-functions-key</code> afterwards; the others ask for it.</p>
`;
}

function clientDetails(id: string, client: Client, entry: ClientEntry): Markup {
  const { title } = client;
  const prefix = `${entry.name}-${id}`;
  const [command] = commandFor(entry, client, 'linux').lines;
  return html`<details><summary>${title}</summary><div>
${
  command !== undefined &&
  html`<p class="small soft">In a terminal:</p>${copyable(`${prefix}-command`, command, `the command for ${title}`)}`
}
${placesOf(client)}${copyable(`${prefix}-file`, fileWith(entry, client), `the entry for ${title}`, true)}
</div></details>
`;
}

const SYSTEMS = {
  linux: { title: 'Linux', config: '~/.config' },
  darwin: { title: 'macOS', config: '~/Library/Application Support' },
  win32: { title: 'Windows', config: '%APPDATA%' },
} as const;

/** Where the entry belongs: of several files, the first one is the usual one. */
function placesOf(client: Client): Markup {
  const { projectFile } = client;
  const places = systemPlaces(client);
  const all = [...places, ...(projectFile ? [{ title: 'For a project', shown: projectFile }] : [])];
  if (all.length === 0) return html`<p class="small soft">In its settings:</p>`;
  return html`<ul class="places">
${all.map(({ title, shown }) => html`<li>${title}: <code>${shown}</code></li>`)}</ul>`;
}

function systemPlaces({ file = {} }: Client) {
  const bySystem = Object.entries(SYSTEMS).flatMap(([system, { title, config }]) => {
    const [place] = file[system as keyof typeof SYSTEMS] ?? [];
    const shown = place?.replace('<config>', config).replace('<xdg>', '~/.config');
    return shown === undefined ? [] : [{ title, shown }];
  });
  const isOne = new Set(bySystem.map(({ shown }) => shown)).size === 1;
  return isOne ? [{ title: 'For you', shown: bySystem[0]?.shown }] : bySystem;
}
