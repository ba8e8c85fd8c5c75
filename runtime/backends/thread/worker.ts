// The entry of a thread: opens the module of one server with the module backend, and answers what
// the host sends.

import { setInterval } from 'node:timers';
import { workerData } from 'node:worker_threads';
import { describeError } from '../../exchange/bounded-text.ts';
import type { Answer } from '../../exchange/exchange.ts';
import { openModule } from '../module/open.ts';
import type { ModuleBackend } from '../module/sdk-server.ts';
import { failureOf } from './failure.ts';
import {
  type Call,
  COUNTERS,
  type Described,
  type FromThread,
  type ThreadStart,
  type ToThread,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { jsonOf, Questions, ThreadExchange } from './thread-exchange.ts';
import { traced } from './traced.ts';
import { watchThread } from './watch-thread.ts';

const { config, directory, texts, counters, beatMs, port } = workerData as ThreadStart;
const outbox = new Outbox<FromThread>(port);
const questions = new Questions();
const exchanges = new Map<number, ThreadExchange>();
let backend: ModuleBackend | undefined;

const log = {
  warn: (text: string) => outbox.send({ is: 'log', level: 'warn', text }),
  debug: (text: string) => outbox.send({ is: 'log', level: 'debug', text }),
  error: (what: string, error: unknown) =>
    outbox.send({ is: 'uncaught', what, failure: failureOf(error) }),
};
const forbiddenAccess = watchThread({ onError: log.error, onExit: () => outbox.flush() });
// Of Node itself: a module may replace the global one.
setInterval(() => {
  Atomics.add(counters, COUNTERS.beats, 1);
  countAbandoned();
}, beatMs);
port.on('message', (messages: ToThread[]) => {
  for (const message of messages) receive(message);
  countAbandoned();
});
void open();

async function open(): Promise<void> {
  try {
    const opened = await openModule(
      config,
      // No other entry can have its server objects.
      { directory, texts, claim: () => {}, log, forbiddenAccess },
      // The host ends the thread instead.
      new AbortController().signal,
    );
    backend = opened;
    opened.subscribe((event) => {
      if (event === 'declarations') outbox.send({ is: 'described', text: describe(opened) });
      else if (event !== 'ended' && event !== 'state')
        outbox.send({ is: 'change', text: JSON.stringify(event) });
    });
    outbox.send({ is: 'opened', sdk: opened.sdk, text: describe(opened) });
    await opened.preparingModern;
    await opened.declarations.readingTools;
    outbox.send({ is: 'described', text: describe(opened) });
  } catch (error) {
    outbox.send({ is: 'not-opened', failure: failureOf(error) });
  }
}

function describe(opened: ModuleBackend): string {
  const { readingTools, ...declarations } = opened.declarations;
  return JSON.stringify({
    declarations,
    isReadingTools: readingTools !== undefined,
    isPreparingModern: opened.preparingModern !== undefined,
    eras: opened.eras,
    sdkInternals: opened.sdkInternals ?? [],
  } satisfies Described);
}

function receive(message: ToThread): void {
  switch (message.is) {
    case 'call':
      void answer(message.id, JSON.parse(message.text));
      break;
    case 'abort':
      exchanges.get(message.id)?.abort(message.reason);
      exchanges.delete(message.id);
      break;
    case 'reply':
      questions.reply(message.question, JSON.parse(message.text));
      break;
    case 'progress':
      questions.progress(message.question, JSON.parse(message.text));
      break;
    case 'close':
      void close();
  }
}

async function answer(id: number, call: Call): Promise<void> {
  const exchange = new ThreadExchange(id, call, outbox, questions);
  exchanges.set(id, exchange);
  try {
    outbox.send(
      answerMessage(id, await traced(exchange, () => (backend as ModuleBackend).answer(exchange))),
    );
  } catch (error) {
    outbox.send({ is: 'thrown', id, failure: failureOf(error) });
  } finally {
    exchanges.delete(id);
  }
}

function answerMessage(id: number, answer: Answer): FromThread {
  const isError = 'error' in answer;
  const text = jsonOf(isError ? answer.error : answer.result);
  // The host refuses it as it refuses any other answer that is no JSON.
  if (text === undefined) return { is: 'result', id, text: 'null' };
  return { is: isError ? 'error' : 'result', id, text };
}

function countAbandoned(): void {
  Atomics.store(counters, COUNTERS.abandonedHandlers, backend?.abandonedHandlers ?? 0);
}

async function close(): Promise<void> {
  try {
    await backend?.close();
  } catch (error) {
    log.warn(`The server could not be closed: ${describeError(error)}`);
  }
  outbox.send({ is: 'closed' });
}
