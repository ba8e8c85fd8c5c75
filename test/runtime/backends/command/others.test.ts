// What a program does to itself, nobody else notices: a module and another program of the same host
// answer all the while, and the program is back with the next call.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { type Caller, entry, hostPrograms, legacyCaller } from './hosted.ts';

interface Fault {
  readonly what: string;
  readonly tool: string;
  readonly args?: object;
  /** Further keys of the entry. */
  readonly keys?: object;
  /** What its caller gets. */
  readonly answer: object;
}

const ended = (reason: string) => ({ status: 502, error: { data: { reason } } });
const TIMEOUT = { status: 504, error: { data: { reason: 'deadline' } } };

const FAULTS: readonly Fault[] = [
  { what: 'exits in a call', tool: 'exit', answer: ended('server-exited') },
  { what: 'is killed in a call', tool: 'kill-itself', answer: ended('server-exited') },
  {
    what: 'prints 1,000 lines of noise',
    tool: 'noise',
    args: { value: 'heard' },
    answer: { status: 200, text: 'heard' },
  },
  {
    what: 'prints a line of 100 MB',
    tool: 'long-line',
    args: { megabytes: 100 },
    answer: ended('server-exited'),
  },
  { what: 'closes its output', tool: 'close-output', answer: ended('server-exited') },
  { what: 'never answers', tool: 'never', keys: { timeoutMs: 1_000 }, answer: TIMEOUT },
  { what: 'runs in an endless loop', tool: 'loop', keys: { timeoutMs: 1_000 }, answer: TIMEOUT },
  {
    what: 'holds 500 MB',
    tool: 'hold-memory',
    args: { megabytes: 500 },
    keys: { memoryMb: 150 },
    answer: {},
  },
];

describe.each(FAULTS)('a program that $what', ({ tool, args, keys, answer }) => {
  it.skipIf(process.platform === 'win32' && tool === 'hold-memory')(
    'harms no caller of others, and the next calls of its own are answered',
    async () => {
      const { url } = await hostPrograms({
        bad: entry('mcp.mjs', { instance: 'shared', ...keys }),
        other: entry('mcp.mjs', { instance: 'shared' }),
        module: '{ module: ../servers/kernel-v1.mjs }',
      });
      const bad = await legacyCaller(`${url}/bad/mcp`);
      const other = await legacyCaller(`${url}/other/mcp`);
      const inModule = await legacyCaller(`${url}/module/mcp`);
      const pid = await bad.call('whoami');
      let isOver = false;
      const faulty = bad.call(tool, args).finally(() => {
        isOver = true;
      });
      const texts: unknown[] = [];
      while (!isOver || texts.length === 0) texts.push(...(await probe(other, inModule)));
      expect(await faulty).toMatchObject(answer);
      if (tool === 'hold-memory') await replaced(bad, pid.text);
      await eventually(async () => {
        texts.push(...(await probe(other, inModule)));
        expect(await bad.call('echo', { value: 'back' })).toMatchObject({ text: 'back' });
      });
      expect(texts.filter((text) => text !== 'up' && text !== 'alpha:up')).toEqual([]);
    },
    60_000,
  );
});

async function probe(other: Caller, inModule: Caller): Promise<unknown[]> {
  const answers = await Promise.all([
    other.call('echo', { value: 'up' }),
    inModule.call('echo', { text: 'up' }),
  ]);
  return answers.map(({ text, body }) => text ?? body);
}

/** Resolves when another process answers. */
async function replaced(caller: Caller, pid: string | undefined): Promise<void> {
  await eventually(async () => {
    const { text } = await caller.call('whoami');
    expect(Number(text)).toBeGreaterThan(0);
    expect(text).not.toBe(pid);
  });
}
