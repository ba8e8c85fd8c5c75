// Callers: loops that send what a plan says, check each answer and count what became of it.

import { Agent } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Expected, judgeError, judgeResponse, type Verdict } from './judge.ts';
import type { Action, Called, LoadPlan } from './load-plan.ts';
import { between, pick, type Random, randomFrom } from './random.ts';
import { count, emptyTally, type Outcome, type Tally } from './tally.ts';
import { cancellation, type Era, initialize, post, toolCall } from './wire.ts';

const ERAS: readonly Era[] = ['2025', '2026'];
const LIMIT_MS = 60_000;
/** Each side of a pair is a client of its own. */
const SIDES = ['left', 'right'] as const;
/** Both say this. */
const EQUAL_ID = 1;
const STEPS = 3;
const TOOLS: Readonly<Record<Exclude<Action, 'pair'>, string>> = {
  json: 'echo',
  stream: 'progress',
  error: 'error',
  abort: 'wait',
  cancel: 'wait',
};

export interface Callers {
  /** Resolves when a request has ended. */
  readonly first: Promise<void>;
  /** Resolves when all requests of the plan have ended, or after `stop`. */
  readonly done: Promise<void>;
  /** What was counted since the last time. */
  take(): Tally;
  /** Ends after the requests that are under way. */
  stop(): void;
}

export function startCallers(plan: LoadPlan): Callers {
  const state = new State(plan);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const loops = Array.from({ length: plan.callers }, (_, caller) =>
    new Caller(state, caller).run(),
  );
  return {
    first: state.first,
    done: Promise.all(loops).then(() => {
      state.agent.destroy();
      delay.disable();
    }),
    take() {
      const generatorDelayMs = delay.percentile(99) / 1e6;
      delay.reset();
      return {
        ...state.take(),
        generatorDelayMs: Number.isFinite(generatorDelayMs) ? generatorDelayMs : 0,
      };
    },
    stop: () => {
      state.isStopped = true;
    },
  };
}

/** What the callers of one plan share. */
class State {
  readonly plan: LoadPlan;
  readonly agent = new Agent({ keepAlive: true });
  isStopped = false;
  /** Resolves when a request has ended. */
  readonly first: Promise<void>;
  #told: () => void = () => undefined;
  #sent = 0;
  #tally = emptyTally();
  readonly #lastAnswers = new Map<string, number>();

  constructor(plan: LoadPlan) {
    this.plan = plan;
    this.first = new Promise((resolve) => {
      this.#told = resolve;
    });
  }

  /** Whether there is still something to send; counts what will be. */
  claim(requests: number): boolean {
    if (this.isStopped || this.#sent >= (this.plan.requests ?? Number.POSITIVE_INFINITY))
      return false;
    this.#sent += requests;
    return true;
  }

  count(server: string, [outcome, why]: Verdict, tookMs: number): Outcome {
    count(this.#tally, outcome, `${server}: ${why}`);
    this.#told();
    const now = performance.now();
    if (outcome === 'answered') {
      this.#tally.latenciesMs.push(tookMs);
      this.#noteGap(server, now);
      this.#lastAnswers.set(server, now);
    }
    return outcome;
  }

  take(): Tally {
    // A server that has not answered since is in its gap still.
    for (const server of this.#lastAnswers.keys()) this.#noteGap(server, performance.now());
    const taken = this.#tally;
    this.#tally = emptyTally();
    return taken;
  }

  #noteGap(server: string, now: number): void {
    const gapMs = now - (this.#lastAnswers.get(server) ?? now);
    const { longestGapMs } = this.#tally;
    longestGapMs[server] = Math.max(longestGapMs[server] ?? 0, gapMs);
  }
}

class Caller {
  readonly #state: State;
  readonly #caller: number;
  readonly #random: Random;
  /** Of `initialize`, by client and address. */
  readonly #sessions = new Map<string, string>();
  #turn = 0;

  constructor(state: State, caller: number) {
    this.#state = state;
    this.#caller = caller;
    this.#random = randomFrom(state.plan.seed * 10_007 + caller);
  }

  async run(): Promise<void> {
    const { plan } = this.#state;
    // Otherwise all callers would come in the same moment, again and again.
    if (plan.pauseMs) await sleep(this.#random() * plan.pauseMs);
    for (;;) {
      const action = pick(this.#random, plan.actions);
      if (!this.#state.claim(action === 'pair' ? 2 : 1)) return;
      const outcome = await this.#act(action);
      const pauseMs = (outcome === 'refused' && plan.refusedPauseMs) || plan.pauseMs;
      if (pauseMs) await sleep(pauseMs);
    }
  }

  async #act(wanted: Action): Promise<Outcome> {
    this.#turn += 1;
    const { servers } = this.#state.plan;
    // In turn, so that each gets its share.
    const server = servers[(this.#turn + this.#caller) % servers.length] as Called;
    if (wanted === 'pair') return this.#pair(server);
    const action = server.echoOnly ? 'json' : wanted;
    const era = action === 'cancel' ? '2025' : this.#era(server);
    return this.#call(server, action, era, `${this.#caller}-${this.#turn}`, this.#turn);
  }

  #era({ eras = ERAS }: Called): Era {
    return pick(this.#random, eras);
  }

  /** Both are sent in the same turn. */
  async #pair(server: Called): Promise<Outcome> {
    const action = server.echoOnly || this.#random() < 0.5 ? 'json' : 'stream';
    const calls = SIDES.map((side) =>
      this.#call(
        server,
        action,
        this.#era(server),
        `${side}-${this.#caller}-${this.#turn}`,
        EQUAL_ID,
        side,
      ),
    );
    return (await Promise.all(calls))[0] as Outcome;
  }

  async #call(
    server: Called,
    action: Exclude<Action, 'pair'>,
    era: Era,
    own: string,
    id: number,
    client = '',
  ) {
    const { plan } = this.#state;
    const startedAt = performance.now();
    const verdict = await this.#exchange(server, action, era, own, id, client).catch(judgeError);
    const outcome = this.#state.count(server.name, verdict, performance.now() - startedAt);
    if (outcome === 'failed' && plan.pauseMs === undefined) await sleep(FAILED_PAUSE_MS);
    return outcome;
  }

  async #exchange(
    server: Called,
    action: Exclude<Action, 'pair'>,
    era: Era,
    own: string,
    id: number,
    client: string,
  ): Promise<Verdict> {
    const { agent, plan } = this.#state;
    const common = { url: plan.url + server.path, agent, limitMs: plan.limitMs ?? LIMIT_MS };
    const session = era === '2025' ? await this.#session(common, client) : undefined;
    const streams = action !== 'json' && action !== 'error';
    const call = toolCall(
      era,
      id,
      `${server.prefix ?? ''}${TOOLS[action]}`,
      {
        text: own,
        ...(plan.delayMs && { delayMs: between(this.#random, plan.delayMs) }),
        ...(streams && { steps: STEPS }),
      },
      { ...(session && { session }), ...(streams && { progressToken: `${id}` }) },
    );
    const response = await post({
      ...common,
      ...call,
      onFirstBytes: (leave) => {
        if (action === 'abort') leave();
        if (action === 'cancel' && session)
          post({ ...common, ...cancellation(id, session) }).catch(() => undefined);
      },
    });
    const expected: Expected = {
      id,
      own,
      text: `${server.name}:${own}`,
      isError: action === 'error',
      cancelled: action === 'cancel',
      mayRefuse: plan.mayRefuse ?? false,
    };
    return judgeResponse(response, expected);
  }

  /** @returns undefined when the host gave none: the call will tell how the host is */
  async #session(
    common: { readonly url: string; readonly agent: Agent; readonly limitMs: number },
    client: string,
  ) {
    const key = `${client} ${common.url}`;
    const known = this.#sessions.get(key);
    if (known) return known;
    const { headers } = await post({ ...common, ...initialize() });
    const session = headers['mcp-session-id'];
    if (typeof session !== 'string') return undefined;
    this.#sessions.set(key, session);
    return session;
  }
}

/** A host that has gone refuses connections faster than anybody can count. */
const FAILED_PAUSE_MS = 50;
