// The life of a server of any kind: what its supervisor makes of a kind's `open`.

import { expect, it, onTestFinished, vi } from 'vitest';
import type { Open, OpenBackend } from '../../../runtime/backends/open-backend.ts';
import { Supervisor, type SupervisorLog } from '../../../runtime/backends/supervisor.ts';
import type { Answer, Caller, Exchange } from '../../../runtime/exchange/exchange.ts';
import { ListCache } from '../../../runtime/exchange/layers/list-cache.ts';
import { HostError } from '../../../runtime/exchange/refusals.ts';
import { Unavailability } from '../../../runtime/exchange/unavailability.ts';
import { eventually } from '../../eventually.ts';

type Listener = Parameters<OpenBackend['subscribe']>[0];

/** A server that answers with its number. */
class Numbered implements OpenBackend {
  readonly eras = ['legacy'] as const;
  readonly declarations = { serverInfo: { name: 'numbered' }, capabilities: {}, tools: [] };
  readonly abandonedHandlers = 0;
  readonly #number: number;
  isClosed = false;
  emit: Listener = () => {};

  constructor(number: number) {
    this.#number = number;
  }

  answer = async () => ({ result: { number: this.#number } });
  unknownTool = () => ({ result: {} });
  subscribe(listener: Listener): void {
    this.emit = listener;
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const SILENT: SupervisorLog = { unavailable: () => {}, recovered: () => {} };
const callerWith = (subject: string) => ({ subject }) as Caller;
const exchange = { throwIfEnded: () => {} } as Exchange;

const supervise = (startTimeoutMs = 60_000) => new Supervisor({ startTimeoutMs, log: SILENT });

/** Opens a new server each time. */
function opening(): { open: Open; opened: Numbered[] } {
  const opened: Numbered[] = [];
  const open = async (): Promise<OpenBackend> => {
    const server = new Numbered(opened.length + 1);
    opened.push(server);
    return server;
  };
  return { open, opened };
}

it('exists before its server, and answers what came meanwhile', async () => {
  const supervisor = supervise();
  expect(supervisor.state).toEqual({ is: 'starting' });
  const answer = supervisor.answer(exchange);
  await supervisor.awaited;
  await supervisor.start(opening().open);
  expect(await answer).toEqual({ result: { number: 1 } });
});

it('leaves a server to its first request, which may be refused', async () => {
  const { open, opened } = opening();
  const supervisor = supervise();
  const early = supervisor.ready('legacy', callerWith('wrong'));
  const callers: unknown[] = [];
  supervisor.rest(
    (signal, caller) => {
      callers.push(caller);
      return open(signal);
    },
    (caller) => {
      if (caller?.subject !== 'right') throw new HostError('missing-header');
    },
  );
  await expect(early).rejects.toMatchObject({ reason: 'missing-header' });
  expect(() => supervisor.ready('legacy', callerWith('wrong'))).toThrow(HostError);
  expect(supervisor.state).toEqual({ is: 'idle' });
  const right = callerWith('right');
  await supervisor.ready('legacy', right);
  expect(callers).toEqual([right]);
  // Nobody is refused by it any more.
  expect(supervisor.ready('legacy', callerWith('wrong'))).toBeUndefined();
  expect(opened).toHaveLength(1);
});

it('ends a start that nobody needs any more when the host closes', async () => {
  const supervisor = supervise();
  let aborted: AbortSignal | undefined;
  void supervisor.start((signal) => {
    aborted = signal;
    return new Promise(() => {});
  });
  await supervisor.close();
  expect(aborted?.aborted).toBe(true);
});

it('starts a server again that has ended, by the next call, and says what it is at', async () => {
  const { open, opened } = opening();
  const supervisor = supervise();
  await supervisor.start(open);
  const states: string[] = [];
  supervisor.subscribe((event) => {
    if (event === 'state') states.push(supervisor.state.is);
  });
  opened[0]?.emit('ended');
  expect(supervisor.state).toMatchObject({ is: 'unavailable', word: 'server-ended' });
  // Handshakes are still answered.
  expect(supervisor.declarations).toMatchObject({ serverInfo: { name: 'numbered' } });
  expect(await supervisor.answer(exchange)).toEqual({ result: { number: 2 } });
  expect(states).toEqual(['unavailable', 'restarting', 'serving']);
});

it('starts a server that ends again and again less and less often', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { open, opened } = opening();
  const supervisor = supervise();
  await supervisor.start(open);
  opened[0]?.emit('ended');
  const waits: number[] = [];
  for (const _ of [1, 2, 3, 4]) {
    await supervisor.ready('legacy');
    opened.at(-1)?.emit('ended');
    const waitMs = (supervisor.state.retryAt ?? 0) - performance.now();
    expect(() => supervisor.ready('legacy')).toThrow(HostError);
    vi.advanceTimersByTime(waitMs + 1);
    waits.push(waitMs);
  }
  const atMost = [500, 1_000, 2_000, 4_000];
  waits.forEach((waitMs, at) => {
    expect(waitMs).toBeLessThanOrEqual(atMost[at] as number);
    expect(waitMs).toBeGreaterThanOrEqual((atMost[at] as number) * 0.8);
  });
  await supervisor.ready('legacy');
  vi.advanceTimersByTime(61_000);
  opened.at(-1)?.emit('ended');
  // It had served for long.
  expect(await supervisor.answer(exchange)).toEqual({ result: { number: opened.length } });
});

it('has no list kept of a server that has ended', async () => {
  const answers: ((answer: Answer) => void)[] = [];
  const { open, opened } = opening();
  const supervisor = supervise();
  await supervisor.start(async (signal) => {
    const server = await open(signal);
    return Object.assign(server, {
      answer: () => new Promise<Answer>((resolve) => answers.push(resolve)),
    });
  });
  const cache = new ListCache(supervisor, 60_000);
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' } as const;
  const asking = { ...exchange, request, era: 'legacy' } as Exchange;
  const list = (name: string): Answer => ({ result: { tools: [{ name }] } });
  const first = cache.answer(asking);
  answers[0]?.(list('old'));
  opened[0]?.emit('ended');
  expect(await first).toEqual(list('old'));
  const second = cache.answer(asking);
  await eventually(() => expect(answers).toHaveLength(2));
  answers[1]?.(list('new'));
  expect(await second).toEqual(list('new'));
});

it('starts nothing once the host has closed', async () => {
  const { open, opened } = opening();
  const supervisor = supervise();
  await supervisor.close();
  await supervisor.start(open);
  expect(opened).toEqual([]);
});

it('hears nothing more of a server that has ended', async () => {
  const { open, opened } = opening();
  const supervisor = supervise();
  await supervisor.start(open);
  opened[0]?.emit('ended');
  await supervisor.ready('legacy');
  const events: unknown[] = [];
  supervisor.subscribe((event) => events.push(event));
  opened[0]?.emit('ended');
  opened[0]?.emit({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
  expect(events).toEqual([]);
  expect(supervisor.state).toEqual({ is: 'serving' });
});

it('closes a server that comes when its time has passed', async () => {
  let finish: (server: OpenBackend) => void = () => {};
  const late = new Numbered(1);
  const supervisor = supervise(1);
  let isAborted = false;
  await supervisor.start((signal) => {
    signal.addEventListener('abort', () => {
      isAborted = true;
    });
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  expect(isAborted).toBe(true);
  expect(supervisor.state).toMatchObject({ is: 'unavailable', word: 'start-timeout' });
  finish(late);
  await eventually(() => expect(late.isClosed).toBe(true));
});

it('closes a server that comes when the host has closed', async () => {
  let finish: (server: OpenBackend) => void = () => {};
  const late = new Numbered(1);
  const supervisor = supervise();
  const starting = supervisor.start(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  await supervisor.close();
  finish(late);
  await starting;
  expect(late.isClosed).toBe(true);
});

it('waits as long as the failure says', async () => {
  const supervisor = supervise();
  await supervisor.start(async () => {
    throw new Unavailability('crashing', 'It crashes.', { retryAfterMs: 90_000 });
  });
  const refusal = await supervisor.answer(exchange).catch((error: HostError) => error);
  expect(refusal).toMatchObject({ reason: 'unavailable', headers: { 'retry-after': '90' } });
});
