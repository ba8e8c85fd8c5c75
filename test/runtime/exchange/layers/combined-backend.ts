// Two servers behind one path: a backend made of two backends, as an example of what the contract
// carries. The tools of both are published under `<member>_<tool>`; everything else is the first
// one's.

import type {
  Backend,
  BackendListener,
  BackendState,
  Declarations,
} from '../../../../runtime/exchange/backend.ts';
import type { Answer, Era, Exchange, JsonObject } from '../../../../runtime/exchange/exchange.ts';
import { RenamedCall } from '../../../../runtime/exchange/layers/renamed-call.ts';

interface Member {
  readonly name: string;
  readonly backend: Backend;
}

const prefixed = ({ name }: Member, tools: readonly JsonObject[]): JsonObject[] =>
  tools.map((tool) => ({ ...tool, name: `${name}_${tool.name}` }));

export class CombinedBackend implements Backend {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  /** What all members speak; the host translates the rest. */
  get eras(): readonly Era[] {
    const [first, ...others] = this.#members.map(({ backend }) => backend.eras);
    return (first ?? []).filter((era) => others.every((eras) => eras.includes(era)));
  }

  /** It serves as long as one member does. */
  get state(): BackendState {
    const states = this.#members.map(({ backend }) => backend.state);
    return states.find(({ is }) => is === 'serving') ?? (states[0] as BackendState);
  }

  get declarations(): Declarations | undefined {
    const serving = this.#members.filter(({ backend }) => backend.declarations);
    const [first] = serving;
    if (!first) return undefined;
    const tools = serving.map((member) => member.backend.declarations?.tools);
    const reading = serving.flatMap(({ backend }) => backend.declarations?.readingTools ?? []);
    return {
      ...(first.backend.declarations as Declarations),
      ...(tools.every((known) => known !== undefined) && {
        tools: serving.flatMap((member, at) => prefixed(member, tools[at] ?? [])),
      }),
      ...(reading.length > 0 && { readingTools: Promise.all(reading).then(() => undefined) }),
    };
  }

  get abandonedHandlers(): number {
    return this.#members.reduce((sum, { backend }) => sum + backend.abandonedHandlers, 0);
  }

  ready(era: Era): Promise<void> | undefined {
    const waiting = this.#members.map(
      ({ backend }) => backend.state.is === 'serving' && backend.ready(era),
    );
    if (waiting.includes(undefined)) return undefined;
    return Promise.any(this.#members.map(async ({ backend }) => backend.ready(era)));
  }

  answer(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    if (method === 'tools/list') return this.#list(exchange);
    const [first] = this.#members;
    if (method !== 'tools/call') return (first as Member).backend.answer(exchange);
    const name = String(params?.name);
    const member = this.#members.find((each) => name.startsWith(`${each.name}_`));
    if (!member) return Promise.resolve(this.unknownTool(name));
    return member.backend.answer(new RenamedCall(exchange, name.slice(member.name.length + 1)));
  }

  unknownTool(name: string): Answer {
    return (this.#members[0] as Member).backend.unknownTool(name);
  }

  subscribe(listener: BackendListener): () => void {
    const ends = this.#members.map(({ backend }) => backend.subscribe(listener));
    return () => ends.forEach((end) => void end());
  }

  /** Its members close themselves. */
  async close(): Promise<void> {}

  async #list(exchange: Exchange): Promise<Answer> {
    const lists = await Promise.all(
      this.#members.map(async (member) => {
        const answer = await member.backend.answer(exchange).catch(() => undefined);
        const result = answer && 'result' in answer ? (answer.result as JsonObject) : {};
        const tools = (result.tools ?? []) as readonly JsonObject[];
        return { result, tools: prefixed(member, tools) };
      }),
    );
    const { nextCursor: _, ...result } = lists[0]?.result ?? {};
    return { result: { ...result, tools: lists.flatMap(({ tools }) => tools) } };
  }
}
