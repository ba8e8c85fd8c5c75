// The `tools` of servers.yaml: which tools of a server are published, and under which name, title,
// description and annotations. Everything outside of this layer knows published names only,
// everything inside the server's own.

import type { ServerConfig } from '../../../config/schema.ts';
import type { Backend, BackendState, Declarations, Message } from '../backend.ts';
import { derived } from '../derived.ts';
import type { Answer, Caller, Era, Exchange, JsonObject } from '../exchange.ts';
import { HostError } from '../refusals.ts';
import { ForwardingBackend } from './forwarding-backend.ts';
import { RenamedCall } from './renamed-call.ts';

export type ToolSettings = ServerConfig['tools'];

type Override = NonNullable<ToolSettings['override']>[string];

export interface ToolSettingsLog {
  /** Called once for each set of settings that match no tool: most likely they are misspelled. */
  onUnmatched(names: readonly string[]): void;
  /** Called once for each name that two tools of the server would be published under. */
  onDuplicate(name: string): void;
}

/** What the settings make of the tools that a server declares. */
interface Published {
  readonly declarations: Declarations;
  readonly duplicate: string | undefined;
}

class PublishedTools extends ForwardingBackend {
  readonly #settings: ToolSettings;
  readonly #isPublished: (name: string) => boolean;
  readonly #ownNames: ReadonlyMap<string, string>;
  readonly #published: () => Published | undefined;
  #duplicate: string | undefined;

  constructor(inner: Backend, settings: ToolSettings, log: ToolSettingsLog) {
    super(inner);
    this.#settings = settings;
    this.#isPublished = publishedBy(settings);
    this.#ownNames = new Map(
      Object.entries(settings.override ?? {}).flatMap(([own, { name }]) =>
        name ? [[name, own]] : [],
      ),
    );
    this.#published = derived(inner, (declarations) => this.#publish(declarations));
    this.#reportOnce(log);
  }

  override get declarations(): Declarations | undefined {
    return this.#published()?.declarations;
  }

  override get state(): BackendState {
    const { state } = this.inner;
    return state.is === 'serving' && this.#published()?.duplicate !== undefined
      ? { is: 'unavailable', word: 'duplicate-tools' }
      : state;
  }

  override ready(era: Era, caller?: Caller, message?: Message): Promise<void> | undefined {
    const waiting = this.inner.ready(era, caller, message && this.#ownMessage(message));
    if (waiting) return waiting.then(() => this.#refuseDuplicate());
    this.#refuseDuplicate();
    return undefined;
  }

  override answer(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    if (method === 'tools/list') return this.#list(exchange);
    return method === 'tools/call'
      ? this.#call(exchange, params?.name)
      : this.inner.answer(exchange);
  }

  async #list(exchange: Exchange): Promise<Answer> {
    const answer = await this.inner.answer(exchange);
    const result = 'result' in answer ? (answer.result as JsonObject | null) : undefined;
    if (!Array.isArray(result?.tools)) return answer;
    return { result: { ...result, tools: this.#publishAll(result.tools) } };
  }

  #call(exchange: Exchange, name: unknown): Promise<Answer> {
    if (typeof name !== 'string') return this.inner.answer(exchange);
    // Until the tools are known, two of them may have this name.
    const reading = this.#ownNames.size > 0 && this.inner.declarations?.readingTools;
    if (!reading) return this.#callKnown(exchange, name);
    return reading.then(() => {
      // The caller may have left, or run out of time, meanwhile.
      exchange.throwIfEnded();
      return this.#callKnown(exchange, name);
    });
  }

  #callKnown(exchange: Exchange, name: string): Promise<Answer> {
    this.#refuseDuplicate();
    const own = this.#ownNameOf(name);
    if (own === undefined) return Promise.resolve(this.inner.unknownTool(name));
    return this.inner.answer(own === name ? exchange : new RenamedCall(exchange, own));
  }

  /**
   * @returns undefined for a name that is not published: a hidden tool looks like one that was
   * never there.
   */
  #ownNameOf(published: string): string | undefined {
    if (!this.#isPublished(published)) return undefined;
    const renamed = this.#ownNames.get(published);
    if (renamed !== undefined) return renamed;
    return this.#overrideOf(published)?.name === undefined ? published : undefined;
  }

  #ownMessage(message: Message): Message {
    const { method, params } = message;
    const name = method === 'tools/call' ? this.#ownNames.get(params?.name as string) : undefined;
    return name === undefined ? message : { ...message, params: { ...params, name } };
  }

  #overrideOf(own: string): Override | undefined {
    const { override } = this.#settings;
    return override && Object.hasOwn(override, own) ? override[own] : undefined;
  }

  #publishAll(tools: readonly unknown[]): JsonObject[] {
    return (tools as readonly JsonObject[]).flatMap((tool) => {
      const own = String(tool?.name);
      const override = this.#overrideOf(own);
      if (!this.#isPublished(override?.name ?? own)) return [];
      return [override ? withOverride(tool, override) : tool];
    });
  }

  #publish(declarations: Declarations): Published {
    const { tools } = declarations;
    if (!tools) {
      // While they are read again, what was found last holds.
      if (!declarations.readingTools) this.#duplicate = undefined;
      return { declarations, duplicate: this.#duplicate };
    }
    const published = this.#publishAll(tools);
    const names = published.map(({ name }) => String(name));
    this.#duplicate = names.find((name, at) => names.indexOf(name) < at);
    return { declarations: { ...declarations, tools: published }, duplicate: this.#duplicate };
  }

  #refuseDuplicate(): void {
    if (this.#published()?.duplicate !== undefined) throw new HostError('unavailable');
  }

  #reportOnce({ onUnmatched, onDuplicate }: ToolSettingsLog): void {
    const reported = new Set<string>();
    const isNew = (text: string): boolean => !reported.has(text) && !!reported.add(text);
    this.inner.subscribe((event) => {
      const tools = event === 'declarations' ? this.inner.declarations?.tools : undefined;
      if (!tools) return;
      const names = tools.map(({ name }) => String(name));
      const unmatched = unmatchedSettings(this.#settings, names).map(({ name }) => name);
      if (unmatched.length > 0 && isNew(JSON.stringify(unmatched))) onUnmatched(unmatched);
      const duplicate = this.#published()?.duplicate;
      if (duplicate !== undefined && isNew(duplicate)) onDuplicate(duplicate);
    });
  }
}

/** A setting, and where it is below `tools`. */
export interface PlacedSetting {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/**
 * @param own names of all tools of the server; undefined while they are not known.
 * @returns the settings that match none of them.
 */
export function unmatchedSettings(
  { allow = [], deny = [], override = {} }: ToolSettings,
  own: readonly string[] | undefined,
): PlacedSetting[] {
  if (!own) return [];
  const published = own.map((name) =>
    Object.hasOwn(override, name) ? (override[name]?.name ?? name) : name,
  );
  const placed = (key: string, patterns: readonly string[]): PlacedSetting[] =>
    patterns
      .map((name, at) => ({ name, path: [key, at] }))
      .filter(({ name }) => !published.some(matcherOf([name])));
  const overridden = Object.keys(override).filter((name) => !own.includes(name));
  return [
    ...placed('allow', allow),
    ...placed('deny', deny),
    ...overridden.map((name) => ({ name, path: ['override', name] })),
  ];
}

/**
 * @returns undefined when the settings let everything pass unchanged, so that a call costs nothing.
 */
export function publishTools(
  inner: Backend,
  settings: ToolSettings,
  log: ToolSettingsLog,
): Backend {
  const { allow, deny, override } = settings;
  return allow || deny || override ? new PublishedTools(inner, settings, log) : inner;
}

function publishedBy({ allow, deny }: ToolSettings): (name: string) => boolean {
  const isAllowed = allow ? matcherOf(allow) : () => true;
  const isDenied = matcherOf(deny ?? []);
  return (name) => isAllowed(name) && !isDenied(name);
}

/** @param patterns exact names, and names in which `*` matches any characters. */
function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns);
  const wild = patterns.filter((pattern) => pattern.includes('*'));
  return (name) => exact.has(name) || wild.some((pattern) => matches(name, pattern.split('*')));
}

/**
 * Takes the first place for each part, which no regular expression does in linear time: callers
 * choose the names.
 */
function matches(name: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop() ?? '';
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function withOverride(tool: JsonObject, override: Override): JsonObject {
  const { annotations, ...members } = override;
  const own = tool.annotations as JsonObject | undefined;
  return { ...tool, ...members, ...(annotations && { annotations: { ...own, ...annotations } }) };
}
