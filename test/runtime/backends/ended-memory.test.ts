// What a server was started with is not kept once it has ended: no program, no thread, but the last.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../eventually.ts';
import { startHost } from '../start-host.ts';
import { type Caller, legacyCaller } from './command/hosted.ts';
import { PORT } from './command/listeners.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const ENDS = 4;

interface Started {
  /** Of a program, one of them once it has ended. */
  readonly exitCode?: number | null;
  readonly signalCode?: string | null;
  /** Of a thread; -1 once it has ended. */
  readonly threadId?: number;
}

/** What Node publishes when a program or a thread starts, from now on. */
function watchStarts(channel: 'child_process' | 'worker_threads') {
  const refs: WeakRef<Started>[] = [];
  const onStart = (message: unknown): void => {
    const { process, worker } = message as { process?: Started; worker?: Started };
    refs.push(new WeakRef((process ?? worker) as Started));
  };
  subscribe(channel, onStart);
  onTestFinished(() => void unsubscribe(channel, onStart));
  return {
    count: () => refs.length,
    endedAndKept: () =>
      refs.filter((ref) => {
        const { exitCode, signalCode, threadId } = ref.deref() ?? {};
        return (exitCode ?? signalCode ?? null) !== null || threadId === -1;
      }).length,
  };
}

const program = { command: 'node', args: ['../programs/mcp.mjs'] };
const exits = (caller: Caller) => caller.call('exit');
const answers = async (caller: Caller) => {
  expect(await caller.call('echo', { value: 'x' })).toMatchObject({ text: 'x' });
};

/** Ends what was started, by a call. */
const KINDS: readonly [kind: string, entry: object, end: (caller: Caller) => Promise<unknown>][] = [
  [
    'a program of one request',
    { ...program, instance: 'per-request', era: 'legacy', spares: 2 },
    answers,
  ],
  ['a program for all', { ...program, instance: 'shared' }, exits],
  [
    'a program with its own listener',
    {
      ...program,
      args: ['../programs/listener.mjs', 'v1'],
      url: `http://127.0.0.1:${PORT}/mcp`,
      instance: 'shared',
    },
    exits,
  ],
  ['a thread', { module: './fault-process.mjs', isolation: 'thread' }, exits],
];

it.each(KINDS)('%s is not kept once it has ended', async (_kind, entry, end) => {
  const starts = watchStarts('isolation' in entry ? 'worker_threads' : 'child_process');
  const { url } = await startHost({
    listen: true,
    yaml: `servers: { ends: ${JSON.stringify({ ...entry, auth: 'anonymous' })} }`,
  });
  const caller = await legacyCaller(`${url}/ends/mcp`);
  await eventually(async () => {
    await end(caller);
    expect(starts.count()).toBeGreaterThanOrEqual(ENDS);
  });
  await eventually(() => {
    collect();
    // The last one, until there is another.
    expect(starts.endedAndKept()).toBeLessThanOrEqual(1);
  });
});
