// The log as people read it: every kind of record that the host writes, and its lines on a terminal.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { widthOf } from '../../../config/text-width.ts';
import type { Color } from '../../../runtime/exchange/screen.ts';
import { createLogger, isTextLog } from '../../../runtime/process/logging.ts';
import { textLog } from '../../../runtime/process/text-log.ts';
import { call, FAULTS, FIX, ROWS } from './log-records.ts';

interface Shown {
  readonly columns?: number;
  readonly isColored?: boolean;
}

/** What is written for a record, by the way that a record takes in the host. */
function shown(write: (log: Logger) => void, { columns = 200, isColored = false }: Shown = {}) {
  const lines: string[] = [];
  const paint = (color: Color, text: string) =>
    isColored ? styleText(color, text, { validateStream: false }) : text;
  const sink = {
    write: (line: string) => void lines.push(line),
    flush: (done: () => void) => done(),
  };
  const screen = { columns, rows: 24, paint, canErase: true };
  write(createLogger(readEnvironment({ LOG_LEVEL: 'trace' }), textLog(sink, screen)));
  for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1);
  return lines.map((line) => line.slice(0, -1).replace(/\d\d:\d\d:\d\d/, 'HH:MM:SS'));
}

describe('a record', () => {
  it.each(ROWS)('%s %j %s', (level, fields, message, expected) => {
    const lines = shown((log) => log[level](fields, message), { columns: 1_000 });
    expect(lines).toEqual([`HH:MM:SS ${expected}`]);
  });

  it.each(FAULTS)('%s %s has the stack of its error below it', (level, message) => {
    const cause = new Error('the cause');
    const err = new TypeError('first\nsecond', { cause });
    const lines = shown((log) => log[level]({ server: 'a', err }, message));
    const mark = level === 'info' ? '' : `${level} `;
    expect(lines.slice(0, 3)).toEqual([
      `HH:MM:SS ${mark}a ${message}`,
      '    TypeError: first',
      '    second',
    ]);
    expect(lines[3]).toMatch(/^ {8}at .*log-text\.test\.ts/);
    expect(lines).toContain('    caused by: Error: the cause');
  });

  it('that was thrown and is no error is shown, too', () => {
    expect(shown((log) => log.error({ err: 'a text' }, 'server failed'))).toEqual([
      'HH:MM:SS error server failed',
      '    a text',
    ]);
  });
});

it('every constant message of the host is in the table', () => {
  const files = readdirSync('runtime', { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const source = readFileSync(join('runtime', file), 'utf8');
      const calls = source.matchAll(
        /\b(?:log|warn)\??\.?(?:info|warn|error|debug)?\(([^;]*?)\)[;,]?\n/gs,
      );
      return [...calls].flatMap(
        ([, inside = '']) => /^(?:.*,\s*)?'([^'\n]+)',?\s*$/s.exec(inside)?.[1] ?? [],
      );
    });
  expect(texts.length).toBeGreaterThan(20);
  const known = [...ROWS.map(([, , message]) => message), ...FAULTS.map(([, message]) => message)];
  expect([...new Set(texts)].filter((text) => !known.includes(text))).toEqual([]);
});

const long = { ...call, target: 'get-forecast-of-the-next-ten-days-for-every-place' };
const wide = { ...call, target: '天気予報を調べる道具'.repeat(8) };

describe.each([200, 80, 60, 40, 20, 8])('in %i columns', (columns) => {
  it.each([
    ['a call', call],
    ['a long name', long],
    ['wide characters', wide],
    ['a long outcome', { ...long, outcome: 'error -32602', durationMs: 12345.6 }],
    [
      'a refusal',
      { server: 'a', reason: 'unsupported-modern-version', status: 400, path: '/a/mcp' },
    ],
  ])('%s is one line that fits', (_, fields) => {
    const kind = 'status' in fields ? 'refused' : 'request';
    const lines = shown((log) => log.info(fields, kind), { columns });
    expect(lines).toHaveLength(1);
    expect(widthOf(lines[0] ?? '')).toBeLessThanOrEqual(columns);
  });

  it('a warning is cut nowhere, and breaks between words', () => {
    const text = `tools are not as in servers.lock.json. ${FIX}`;
    const lines = shown((log) => log.warn({ server: 'a' }, text), { columns });
    expect(lines.map((line) => line.trim()).join(' ')).toBe(`HH:MM:SS warn a ${text}`);
    for (const line of lines) {
      const isOneWord = !line.trim().includes(' ');
      if (columns >= 40 && !isOneWord) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });
});

it('cuts the target first, keeps outcome and time, and names the client where there is room', () => {
  const at = (columns: number) => shown((log) => log.info(long, 'request'), { columns });
  expect(at(120)).toEqual([`HH:MM:SS weather tools/call ${long.target} ok 29.4 ms claude-code`]);
  expect(at(60)).toEqual(['HH:MM:SS weather tools/call get-forecast-of-the-… ok 29.4 ms']);
  expect(at(40)).toEqual(['HH:MM:SS weather get-forecas… ok 29.4 ms']);
});

describe('foreign text', () => {
  const evil = '\u001b[2J\u009b1A\r\nx\u202e\u2028y\u0007';
  it.each([
    ['the name of a tool', { ...call, target: evil }, 'request'],
    ['the name of a client', { ...call, client: evil }, 'request'],
    ['a path', { reason: 'not-found', status: 404, path: evil }, 'refused'],
    ['a detail', { detail: evil }, 'server error'],
    ['a field', { tools: [evil] }, 'tools'],
    ['the name of a field', { [evil]: 1 }, 'tools'],
    ['what a server prints', { stream: 'stdout' }, evil],
    ['an error', { err: Object.assign(new Error(evil), { stack: evil }) }, 'server failed'],
    ['a member', { [`${evil}`]: { deep: evil } }, 'tools'],
  ])('%s cannot move the cursor or begin a line of its own', (_, fields, message) => {
    const lines = shown((log) => log.warn(fields, message), { columns: 1_000 });
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}/);
  });

  it('that a server prints is marked, so that it is not taken for a line of the host', () => {
    expect(shown((log) => log.info({ server: 'a', stream: 'stdout' }, 'drained'))).toEqual([
      'HH:MM:SS a | drained',
    ]);
  });
});

describe('colors', () => {
  it.each([
    ['ok', 'green'],
    ['tool-error', 'red'],
    ['error -32602', 'red'],
    ['deadline', 'red'],
    ['server-blocked', 'red'],
    ['overloaded', 'red'],
    ['rate-limited', 'yellow'],
    ['disconnected', 'yellow'],
    ['input-required', 'yellow'],
    ['cancelled', 'yellow'],
  ] as const)('%s is %s', (outcome, color) => {
    const [line = ''] = shown((log) => log.info({ ...call, outcome }, 'request'), {
      isColored: true,
    });
    expect(line).toContain(styleText(color, `${outcome} 29.4 ms`, { validateStream: false }));
  });

  it('change nothing in what is shown', () => {
    for (const [level, fields, message] of ROWS) {
      const write = (log: Logger) => log[level](fields, message);
      const colored = shown(write, { columns: 50, isColored: true });
      expect(colored.map(stripVTControlCharacters)).toEqual(shown(write, { columns: 50 }));
    }
  });
});

describe('the form of the log', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ LOG_FORMAT: 'json' }, true, false],
    [{ LOG_FORMAT: 'TEXT' }, false, true],
    [{ FUNCTIONS_CUSTOMHANDLER_PORT: '4000' }, true, false],
    [{ FUNCTIONS_CUSTOMHANDLER_PORT: '4000', LOG_FORMAT: 'text' }, true, false],
  ])('with %j on a terminal (%s) is text: %s', (variables, isTerminal, isText) => {
    expect(isTextLog(readEnvironment(variables), isTerminal)).toBe(isText);
  });

  it('loses no line that it cannot read', () => {
    const written: string[] = [];
    const sink = { write: (line: string) => void written.push(line), flush: () => {} };
    const screen = {
      columns: 80,
      rows: 24,
      paint: (_: Color, text: string) => text,
      canErase: true,
    };
    textLog(sink, screen).write('no json\n');
    expect(written).toEqual(['no json\n']);
  });
});
