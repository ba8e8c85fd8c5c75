// The pages: one of a server, one that lists all of them, and one file that holds all of them in full.

import { isOnList, type Page, type PageContent } from '../exchange/page.ts';
import { connectSection, copyable } from './connect-section.ts';
import { PAGE_HEADERS, renderDocument } from './document.ts';
import { foreign, html, type Markup } from './html.ts';
import { entryOf, type ShownServer, showServer, stateOf } from './shown-server.ts';
import { signInSection, signInWord } from './sign-in-section.ts';
import { toolList } from './tool-list.ts';

const MAX_TITLE = 100;
const MAX_DESCRIPTION = 1_000;
const ALL_TITLE = 'MCP servers';

/** The page of one server, or the list of several. */
export function renderPage({ servers, isOfOne, baseUrl, isLocal }: PageContent): Page {
  const shown = servers.map(({ server: { config, backend, state }, view }) =>
    showServer({
      config,
      view,
      declarations: backend.declarations,
      state: stateOf(state, isLocal),
      entry: entryOf(config, baseUrl, isLocal),
      checksKeys: !isLocal,
    }),
  );
  const [first] = shown;
  const isFile = false;
  const body =
    isOfOne && first
      ? renderDocument({
          title: titleText(first),
          main: serverPage(first),
          // Without this server there may be no list.
          hasHome: isOnList(first.config, isLocal),
          isFile,
        })
      : renderDocument({ title: ALL_TITLE, main: listPage(shown), hasHome: false, isFile });
  return { headers: PAGE_HEADERS, body };
}

/** One file with everything about these servers, for an intranet. */
export function renderFile(servers: readonly ShownServer[]): string {
  const links = servers.map(
    ({
      config: { name },
      title,
    }) => html`<li><a href="#${name}">${foreign(title, MAX_TITLE)}</a></li>
`,
  );
  const main = html`<h1>${ALL_TITLE}</h1>
<nav aria-label="Servers"><ul class="facts">
${links}</ul></nav>
${servers.map(
  (
    server,
  ) => html`<section class="one" id="${server.config.name}"><h2>${foreign(server.title, MAX_TITLE)}</h2>
${facts(server)}${sections(server, 3)}</section>
`,
)}`;
  return renderDocument({ title: ALL_TITLE, main, hasHome: false, isFile: true });
}

function titleText({ title, config }: ShownServer): string {
  const text = String(title).slice(0, MAX_TITLE);
  return text === config.name ? `${text} · MCP server` : `${text} (${config.name}) · MCP server`;
}

function serverPage(server: ShownServer): Markup {
  return html`<h1>${foreign(server.title, MAX_TITLE)}</h1>
${facts(server)}${sections(server, 2)}`;
}

function facts(server: ShownServer): Markup {
  const { config, state, description } = server;
  const lead = foreign(description, MAX_DESCRIPTION);
  return html`${
    lead &&
    html`<p class="lead">${lead}</p>
`
  }<p class="facts">${state && html`<span class="state ${state.tone}">${state.text}</span>`}<span>${signInWord(server)}</span><span>Name: <code>${config.name}</code></span></p>
`;
}

function sections(server: ShownServer, level: 2 | 3): Markup {
  const { config, view, entry, tools } = server;
  const { name } = config;
  const section = (id: string, title: Markup, content: Markup): Markup => {
    const heading =
      level === 2
        ? html`<h2 id="${name}-${id}">${title}</h2>`
        : html`<h3 id="${name}-${id}">${title}</h3>`;
    return html`<section aria-labelledby="${name}-${id}">${heading}
${content}
</section>
`;
  };
  const count = tools && tools.length > 0 && html` <span class="soft">${tools.length}</span>`;
  return html`${section('at', html`Address`, copyable(`${name}-url`, entry.url, `the address of ${name}`))}${section(
    'sign-in',
    html`Sign-in`,
    signInSection(server),
  )}${section('connect', html`Add it to your client`, connectSection(entry))}${
    view === 'full' && section('tools', html`Tools${count}`, toolList(tools, level === 2 ? 3 : 4))
  }`;
}

function listPage(servers: readonly ShownServer[]): Markup {
  return html`<h1>${ALL_TITLE}</h1>
<p class="lead">Choose a server to see its tools and how to connect.</p>
<ul class="servers">
${servers.map(listItem)}</ul>`;
}

function listItem(server: ShownServer): Markup {
  const { config, title, description, state, tools } = server;
  const text = foreign(description, MAX_DESCRIPTION);
  return html`<li class="card"><h2><a href="${config.path}">${foreign(title, MAX_TITLE)}</a></h2>
${text && html`<p class="soft">${text}</p>`}
<p class="facts">${state && html`<span class="state ${state.tone}">${state.text}</span>`}${
    tools && html`<span>${tools.length} tool${tools.length !== 1 && 's'}</span>`
  }<span>${signInWord(server)}</span></p></li>
`;
}
