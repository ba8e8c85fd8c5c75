// What a server lists (tools, prompts, resources, resource templates), read once as a whole and
// answered from here in one page: no server is started or asked for a list.

import { isObject } from '../../config/json-value.ts';
import { describeError } from './bounded-text.ts';
import type { Answer, JsonObject, JsonRpcRequest } from './exchange.ts';
import { ERROR_CODES, NOTIFICATIONS } from './wire-names.ts';

/** A list that never ends must not keep the host from serving. */
const MAX_PAGES = 1_000;

interface ListForm {
  /** Member of the result that has the list. */
  readonly member: string;
  /** Member of an item that tells it apart. */
  readonly key: string;
  /** The capability that offers it. */
  readonly capability: string;
  /** The notification that says it is another one. */
  readonly changedBy: string;
}

const FORMS = {
  'tools/list': {
    member: 'tools',
    key: 'name',
    capability: 'tools',
    changedBy: NOTIFICATIONS.toolsChanged,
  },
  'prompts/list': {
    member: 'prompts',
    key: 'name',
    capability: 'prompts',
    changedBy: NOTIFICATIONS.promptsChanged,
  },
  'resources/list': {
    member: 'resources',
    key: 'uri',
    capability: 'resources',
    changedBy: NOTIFICATIONS.resourcesChanged,
  },
  'resources/templates/list': {
    member: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changedBy: NOTIFICATIONS.resourcesChanged,
  },
} as const satisfies Record<string, ListForm>;

export type ListMethod = keyof typeof FORMS;

export const LIST_METHODS = Object.keys(FORMS) as readonly ListMethod[];

/** The lists that are known; a server may refuse one without a caller. */
export type Lists = { readonly [method in ListMethod]?: readonly JsonObject[] };

/** Sends one request of the host's own. @throws what the server answers with, if it is an error. */
export type Ask = (method: string, params: JsonObject) => Promise<JsonObject>;

export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(FORMS, method);
}

/**
 * @param members the lists by their names in results, such as `tools`.
 * @returns those that are there; what the capabilities do not offer is empty.
 */
export function listsOf(members: JsonObject, capabilities: JsonObject): Lists {
  const named = members as Readonly<Record<string, readonly JsonObject[] | undefined>>;
  return Object.fromEntries(
    LIST_METHODS.flatMap((method) => {
      const { member, capability } = FORMS[method];
      const items = capabilities[capability] ? named[member] : [];
      return items ? [[method, items]] : [];
    }),
  );
}

/** The inverse of {@link listsOf}: without what the capabilities do not offer. */
export function membersOf(
  lists: Lists,
  capabilities: JsonObject,
): Readonly<Record<string, readonly JsonObject[]>> {
  return Object.fromEntries(
    LIST_METHODS.flatMap((method) => {
      const { member, capability } = FORMS[method];
      const items = capabilities[capability] ? lists[method] : undefined;
      return items ? [[member, items]] : [];
    }),
  );
}

/** The lists that a notification says are others now. */
export function listsChangedBy(notification: string): ListMethod[] {
  return LIST_METHODS.filter((method) => FORMS[method].changedBy === notification);
}

/**
 * Reads lists side by side. What the server does not offer is empty, without asking.
 * @param onFault called with a list that cannot be read, and is not known then.
 */
export async function readLists(
  methods: readonly ListMethod[],
  capabilities: JsonObject,
  ask: Ask,
  onFault: (method: ListMethod, reason: string) => void,
): Promise<Lists> {
  const read = methods.map(async (method): Promise<[string, JsonObject[]][]> => {
    if (!capabilities[FORMS[method].capability]) return [[method, []]];
    try {
      return [[method, await readList(method, ask)]];
    } catch (error) {
      onFault(method, describeError(error));
      return [];
    }
  });
  return Object.fromEntries((await Promise.all(read)).flat());
}

/** A list whose cursor comes again is used as far as it was read. */
export async function readList(method: ListMethod, ask: Ask): Promise<JsonObject[]> {
  const { member } = FORMS[method];
  const items: JsonObject[] = [];
  const cursors = new Set<unknown>();
  let cursor: unknown;
  while (cursors.size < MAX_PAGES) {
    const result = await ask(method, cursor === undefined ? {} : { cursor });
    const page = result[member];
    if (!Array.isArray(page) || !page.every(isObject)) {
      throw new Error(`The server answered \`${method}\` without a list of ${member}.`);
    }
    cursor = result.nextCursor;
    // A server that takes no notice of cursors sends a page again.
    if (cursors.has(cursor)) return withNewItems(method, items, page);
    // Not spread: a page may have more items than a call can have arguments.
    for (const item of page) items.push(item);
    if (cursor === undefined || cursor === null) return items;
    cursors.add(cursor);
  }
  return items;
}

/** Both lists; what is in the first one already stays as it is there. */
export function withNewItems(
  method: ListMethod,
  items: readonly JsonObject[],
  further: readonly JsonObject[],
): JsonObject[] {
  const { key } = FORMS[method];
  const known = new Set(items.map((item) => item[key]));
  return [...items, ...further.filter((item) => !known.has(item[key]))];
}

/** @returns undefined when the request is not for a list that is known. */
export function answerList({ method, params }: JsonRpcRequest, lists: Lists): Answer | undefined {
  if (!isListMethod(method)) return undefined;
  const items = lists[method];
  if (!items) return undefined;
  // No page links another one, so this one comes from elsewhere, or from before.
  if (params?.cursor !== undefined) {
    const message = 'Invalid params: params.cursor is unknown.';
    return { error: { code: ERROR_CODES.invalidParams, message } };
  }
  return { result: { [FORMS[method].member]: items } };
}

/** @returns the whole list that an answer holds; undefined for a page of one, and for an error. */
export function listIn(method: ListMethod, answer: Answer): readonly JsonObject[] | undefined {
  if ('error' in answer || !isObject(answer.result)) return undefined;
  const { [FORMS[method].member]: items, nextCursor } = answer.result;
  const isWhole = (nextCursor ?? undefined) === undefined;
  return isWhole && Array.isArray(items) && items.every(isObject) ? items : undefined;
}
