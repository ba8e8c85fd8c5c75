// Hides tools that can only be called as tasks (MCP 2025-11-25, server/tools,
// `execution.taskSupport`), because this host does not support tasks.

import { isObject } from '../../../config/json-value.ts';
import type { Backend, Declarations } from '../backend.ts';
import { derived } from '../derived.ts';
import type { Answer, Exchange, JsonObject } from '../exchange.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

export interface TaskToolsLog {
  /** Called once for each set of tools that are left out because they require tasks. */
  onTaskTools(names: readonly string[]): void;
}

interface Offered {
  readonly declarations: Declarations;
  /** Tools that require tasks; undefined while the tools are not known. */
  readonly required: ReadonlySet<unknown> | undefined;
}

export class TaskTools extends ForwardingBackend {
  readonly #offered: () => Offered | undefined;

  constructor(inner: Backend, { onTaskTools }: TaskToolsLog) {
    super(inner);
    this.#offered = derived(inner, offeredOf);
    const reported = new Set<string>();
    inner.subscribe((event) => {
      const names = [...(event === 'declarations' ? (this.#required ?? []) : [])].map(String);
      const text = JSON.stringify(names);
      if (names.length === 0 || reported.has(text)) return;
      reported.add(text);
      onTaskTools(names);
    });
  }

  override get declarations(): Declarations | undefined {
    return this.#offered()?.declarations;
  }

  override answer(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    const required = this.#required;
    if (method === 'tools/call' && required?.has(params?.name)) {
      return Promise.resolve(this.inner.unknownTool(String(params?.name)));
    }
    return method === 'tools/list' && required?.size !== 0
      ? this.#list(exchange)
      : this.inner.answer(exchange);
  }

  get #required(): ReadonlySet<unknown> | undefined {
    return this.#offered()?.required;
  }

  async #list(exchange: Exchange): Promise<Answer> {
    const answer = await this.inner.answer(exchange);
    const result = 'result' in answer ? (answer.result as JsonObject | null) : undefined;
    if (!Array.isArray(result?.tools)) return answer;
    // SDK v2 leaves `execution` out of the lists of 2026-07-28, so the names count, too.
    const required = this.#required;
    const tools = result.tools.filter((tool) => !requiresTask(tool) && !required?.has(tool?.name));
    return { result: { ...result, tools } };
  }
}

function offeredOf(declarations: Declarations): Offered {
  const { tools } = declarations;
  const required = tools && new Set(tools.filter(requiresTask).map(({ name }) => name));
  if (!tools || !required?.size) return { declarations, required };
  const offered = tools.filter((tool) => !requiresTask(tool));
  return { declarations: { ...declarations, tools: offered }, required };
}

function requiresTask(tool: unknown): boolean {
  const execution = isObject(tool) ? tool.execution : undefined;
  return isObject(execution) && execution.taskSupport === 'required';
}
