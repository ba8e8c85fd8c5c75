// Starts a program with its own listener: picks the port, and waits until the program itself accepts
// connections on it.

import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../../exchange/bounded-text.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { countDown } from '../count-down.ts';
import type { Child, ChildEnd, ChildOptions } from './child.ts';
import { listenerOf, listeningPorts } from './listening-ports.ts';
import { describeEnd } from './loss.ts';
import { accepts, freePort } from './port.ts';

const POLL_MS = 25;
/** Between the choice of a port and its use, another process may take it. */
const MAX_PORTS = 3;

export interface ListeningProgram {
  readonly child: Child;
  /** Where it listens. */
  readonly url: URL;
  /** Aborts when it has ended; the reason is its {@link ChildEnd}. */
  readonly ended: AbortSignal;
}

export interface StartListeningOptions {
  /** The address by its port. */
  readonly address: (port: number) => URL;
  /** @throws Unavailability. */
  readonly launch: (port: number, events: Pick<ChildOptions, 'onEnd'>) => Promise<Child>;
  /** How long it may take until it listens, milliseconds. */
  readonly limitMs: number;
}

/** @throws Unavailability. @param signal aborts when no one waits for the program any longer. */
export async function startListening(
  options: StartListeningOptions,
  signal: AbortSignal,
): Promise<ListeningProgram> {
  const { limitMs } = options;
  const slow = new AbortController();
  const stop = countDown(limitMs, () => slow.abort());
  try {
    for (let tries = 1; ; tries += 1) {
      const program = await tryPort(options, slow.signal, signal);
      if (program) return program;
      if (tries < MAX_PORTS) continue;
      throw new Unavailability(
        'not-listening',
        `Other processes took ${MAX_PORTS} ports in a row before the program could listen on them. Fix: find the process that listens on so many ports of this machine. A program that leaves its process group (setsid) or runs in a container counts as a different process.`,
      );
    }
  } finally {
    stop();
  }
}

/** @returns undefined when another process listens on the port. @throws Unavailability. */
async function tryPort(
  { address, launch, limitMs }: StartListeningOptions,
  slow: AbortSignal,
  signal: AbortSignal,
): Promise<ListeningProgram | undefined> {
  const host = hostOf(address(0));
  const port = await freePort(host).catch((error) => {
    const text = `No free port was found on ${host}: ${describeError(error)}`;
    throw new Unavailability('program-not-started', text, { cause: error });
  });
  const end = new AbortController();
  const ended = end.signal;
  const child = await launch(port, { onEnd: (its) => end.abort(its) });
  const over = AbortSignal.any([ended, slow, signal]);
  try {
    while (!over.aborted && !(await accepts(host, port))) {
      await pause(POLL_MS, undefined, { signal: over }).catch(() => {});
    }
    const listener = slow.aborted ? 'unknown' : await listenerOf(port, child.pid);
    signal.throwIfAborted();
    if (listener === 'other') {
      await child.end();
      return undefined;
    }
    if (ended.aborted) throw endedEarly(ended.reason as ChildEnd);
    if (slow.aborted) throw await silent(child, limitMs, port);
    return { child, url: address(port), ended };
  } catch (error) {
    void child.end();
    throw error;
  }
}

/** As `net` takes it. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function endedEarly(end: ChildEnd): Unavailability {
  return new Unavailability(
    'not-listening',
    `The program stopped before it listened on its port. Fix: read its output. ${describeEnd(end)}`,
  );
}

async function silent(child: Child, limitMs: number, port: number): Promise<Unavailability> {
  const ports = await listeningPorts(child.pid);
  const instead = ports.length > 0 ? ` It listens on ${ports.join(', ')} instead.` : '';
  return new Unavailability(
    'not-listening',
    `The program did not listen on its assigned port (${port}) within ${Math.round(limitMs)} ms.${instead} Fix: make it listen on the port in the variable PORT, or pass \${PORT} in \`args\`. If it starts slowly, raise \`startTimeoutMs\`.`,
  );
}
