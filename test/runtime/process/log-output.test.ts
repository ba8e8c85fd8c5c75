// How lines of the log wait for a reader, and what becomes of those that cannot be written.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogOutput } from '../../../runtime/process/log-output.ts';
import { eventually } from '../../eventually.ts';

const LINE = `${'x'.repeat(1_023)}\n`;
const WAITING_LINES = 4_096;

/** A pipe that nobody reads until the test does. */
function openPipe(): number {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pipe');
  expect(spawnSync('sh', ['-c', 'mkfifo "$0"', path]).status).toBe(0);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  return fd;
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(1_048_576);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch {
    return '';
  }
}

describe.skipIf(process.platform === 'win32')('a reader that has fallen behind', () => {
  it('gets the lines that it was too slow for up to 4 MiB, and the count of the rest', async () => {
    const fd = openPipe();
    const output = new LogOutput(fd);
    const told: number[] = [];
    output.onRecovered((lines) => {
      told.push(lines);
      output.write(`lost ${lines}\n`);
    });
    const total = 3 * WAITING_LINES;
    for (let number = 0; number < total; number += 1) output.write(LINE);
    const lost = output.lostLines;
    expect(lost).toBeGreaterThanOrEqual(total - WAITING_LINES);
    expect(lost).toBeLessThan(total);
    let text = '';
    let isFlushed = false;
    output.flush(() => {
      isFlushed = true;
    });
    await eventually(() => {
      text += readAll(fd);
      expect(isFlushed).toBe(true);
    });
    text += readAll(fd);
    expect(told).toEqual([lost]);
    const lines = text.split('\n').slice(0, -1);
    expect(lines.filter((line) => `${line}\n` === LINE)).toHaveLength(total - lost);
    expect(lines.at(-1)).toBe(`lost ${lost}`);
  });

  it('is not waited for at the exit of the process', () => {
    const fd = openPipe();
    const output = new LogOutput(fd);
    for (let number = 0; number < 20; number += 1) output.write(LINE);
    const startedAt = performance.now();
    output.writeNow();
    expect(readAll(fd)).toBe(LINE.repeat(20));
    for (let number = 0; number < 200; number += 1) output.write(LINE);
    output.writeNow();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
