// Callers that take memory: calls that stay parked, answers that are read drop by drop, bodies that
// never end, and answers as large as they may be. They hold what they have for a while, and leave.

import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Random, randomFrom } from './random.ts';
import { initialize, type Posting, post, toolCall } from './wire.ts';

export interface HostilePlan {
  readonly url: string;
  /** Path of the server that is attacked; it has the tools of the soak on SDK v1. */
  readonly path: string;
  readonly callers: number;
  /** How long what was taken is held at most. */
  readonly holdMs: number;
  readonly seed: number;
}

export interface HostileCounts {
  /** How often each was made. */
  readonly attacks: Record<string, number>;
  /** How many of them the host refused, or ended. */
  failed: number;
}

const PARKED_BYTES = 4_000_000;
const RESULT_BYTES = 9_900_000;
const DRIP_BYTES = 1_024;
const DRIP_MS = 250;
const LIMIT_MS = 60_000;
const REFUSED_PAUSE_MS = 1_000;
const padding = 'p'.repeat(PARKED_BYTES);

export class HostileCallers {
  readonly counts: HostileCounts = { attacks: {}, failed: 0 };
  readonly #plan: HostilePlan;
  readonly #stop = new AbortController();
  readonly #parked2025 = toolCall('2025', 1, 'ask', { text: padding }, { progressToken: 'p' });
  readonly #parked2026 = toolCall('2026', 1, 'ask', { text: padding });

  constructor(plan: HostilePlan) {
    this.#plan = plan;
    // Every caller that holds something waits for it.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    const { callers, seed } = this.#plan;
    await Promise.all(
      Array.from({ length: callers }, (_, caller) => this.#loop(randomFrom(seed * 7_919 + caller))),
    );
  }

  stop(): void {
    this.#stop.abort();
  }

  async #loop(random: Random): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    const attacks = {
      'calls parked, 2026-07-28': () => this.#park2026(agent),
      'calls parked, 2025': () => this.#park2025(agent),
      'answers read by drops': () => this.#drip(),
      'half bodies': () => this.#halfBody(),
      'answers of 10 MB': () => this.#bigResult(agent),
    };
    await this.#pause(random() * 1_000);
    while (!this.#stop.signal.aborted) {
      const [attack, make] = pick(random, Object.entries(attacks));
      this.counts.attacks[attack] = (this.counts.attacks[attack] ?? 0) + 1;
      const held = await make().catch(() => false);
      if (!held) this.counts.failed += 1;
      await this.#pause(held ? random() * this.#plan.holdMs : REFUSED_PAUSE_MS);
    }
    agent.destroy();
  }

  #pause(ms: number): Promise<unknown> {
    return sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** The call ends with a question, and the handler waits for an answer that never comes. */
  async #park2026(agent: Agent): Promise<boolean> {
    const { messages } = await this.#post(agent, this.#parked2026);
    return messages.at(-1)?.result?.resultType === 'input_required';
  }

  /** The stream stays open with the question on it. */
  async #park2025(agent: Agent): Promise<boolean> {
    const { headers } = await this.#post(agent, initialize());
    const session = headers['mcp-session-id'];
    let asked = false;
    const call = {
      ...this.#parked2025,
      headers: {
        ...this.#parked2025.headers,
        ...(session && { 'mcp-session-id': String(session) }),
      },
      onFirstBytes: (leave: () => void) => {
        asked = true;
        void this.#pause(this.#plan.holdMs).then(leave);
      },
    };
    const response = await this.#post(agent, call).catch(() => undefined);
    return asked && response === undefined;
  }

  async #bigResult(agent: Agent): Promise<boolean> {
    const call = toolCall('2025', 1, 'big', { text: 'big', bytes: RESULT_BYTES });
    return (await this.#post(agent, call)).body.length > RESULT_BYTES;
  }

  /** @returns whether the host let it go on to its end */
  #drip(): Promise<boolean> {
    const { body, headers } = toolCall('2025', 1, 'big', { text: 'drip', bytes: RESULT_BYTES });
    return this.#raw(headers, Buffer.byteLength(body), `${body}`, (socket) => {
      socket.pause();
      return setInterval(() => socket.read(DRIP_BYTES), DRIP_MS);
    });
  }

  #halfBody(): Promise<boolean> {
    const { body, headers } = this.#parked2025;
    const text = `${body}`;
    return this.#raw(headers, text.length, text.slice(0, text.length / 2), (socket) => {
      socket.resume();
      return undefined;
    });
  }

  #raw(
    headers: Posting['headers'],
    length: number,
    body: string,
    read: (socket: ReturnType<typeof connect>) => NodeJS.Timeout | undefined,
  ): Promise<boolean> {
    const { hostname, port, host } = new URL(this.#plan.url);
    const socket = connect({ host: hostname, port: Number(port) });
    const lines = Object.entries({ host, ...headers, 'content-length': length });
    socket.write(
      `POST ${this.#plan.path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    );
    const reading = read(socket);
    return new Promise((resolve) => {
      let isOurEnd = false;
      void this.#pause(this.#plan.holdMs).then(() => {
        isOurEnd = true;
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => {
        clearInterval(reading);
        resolve(isOurEnd);
      });
    });
  }

  #post(agent: Agent, message: Pick<Posting, 'body' | 'headers' | 'onFirstBytes'>) {
    const { url, path } = this.#plan;
    return post({ url: url + path, agent, limitMs: LIMIT_MS, ...message });
  }
}
