// The tools of a server, as it describes them.

import { isObject } from '../../config/json-value.ts';
import type { JsonObject } from '../exchange/exchange.ts';
import { foreign, html, type Markup } from './html.ts';

/** What a server says has no end; a page does. */
const MAX_TOOLS = 200;
const MAX_ARGUMENTS = 50;
const MAX_NAME = 128;
const MAX_DESCRIPTION = 2_000;

/** @param heading a level of heading, for the name of each tool. */
export function toolList(tools: readonly JsonObject[] | undefined, heading: 3 | 4): Markup {
  if (tools === undefined) {
    return html`<p class="soft">Not known here. Your client lists them when it connects.</p>`;
  }
  if (tools.length === 0) return html`<p class="soft">This server has no tools.</p>`;
  const more = tools.length - MAX_TOOLS;
  return html`<ul class="card rows">
${tools.slice(0, MAX_TOOLS).map((tool) => toolItem(tool, heading))}</ul>
${more > 0 && html`<p class="soft small">And ${more} more, which clients list.</p>`}`;
}

function toolItem(tool: JsonObject, heading: 3 | 4): Markup {
  const name = html`<code>${foreign(tool.name, MAX_NAME)}</code>${tagOf(tool)}`;
  const named =
    heading === 3 ? html`<h3 class="name">${name}</h3>` : html`<h4 class="name">${name}</h4>`;
  const title = foreign(tool.title ?? annotationsOf(tool).title, MAX_NAME);
  const description = foreign(tool.description, MAX_DESCRIPTION);
  return html`<li class="tool">${named}
${title && html`<p>${title}</p>`}${description && html`<p class="soft text">${description}</p>`}
${argumentsOf(tool)}</li>
`;
}

const annotationsOf = ({ annotations }: JsonObject): JsonObject =>
  isObject(annotations) ? annotations : {};

function tagOf(tool: JsonObject): Markup | undefined {
  const { readOnlyHint, destructiveHint } = annotationsOf(tool);
  if (readOnlyHint === true) return html` <span class="tag">read-only</span>`;
  return destructiveHint === true ? html` <span class="tag bad">destructive</span>` : undefined;
}

function argumentsOf({ inputSchema }: JsonObject): Markup | undefined {
  const { properties, required } = isObject(inputSchema) ? inputSchema : ({} as JsonObject);
  const named = Object.entries(isObject(properties) ? properties : {});
  if (named.length === 0) return undefined;
  const items = named.slice(0, MAX_ARGUMENTS).map(([name, schema]) => {
    const { type, description } = isObject(schema) ? schema : ({} as JsonObject);
    const isRequired = Array.isArray(required) && required.includes(name);
    const kind = foreign(type, MAX_NAME);
    const text = foreign(description, MAX_DESCRIPTION);
    return html`<li><code>${foreign(name, MAX_NAME)}</code> <span class="soft">${kind}${kind && isRequired && ', '}${isRequired && 'required'}</span>${text && html`<br><span class="soft text">${text}</span>`}</li>
`;
  });
  const more = named.length - items.length;
  return html`<details><summary>${named.length} argument${named.length > 1 && 's'}</summary><ul>
${items}${more > 0 && html`<li class="soft">and ${more} more</li>`}</ul></details>`;
}
