// An error in the log names the fault and nothing that the error carries along: HTTP libraries keep
// whole requests, with their credentials, in it.

import { expect, it } from 'vitest';
import { readEnvironment } from '../../../../config/env.ts';
import { createLogger } from '../../../../runtime/process/logging.ts';

function logged(err: unknown): Record<string, unknown> {
  const lines: string[] = [];
  const log = createLogger(readEnvironment({}), { write: (line) => void lines.push(line) });
  log.error({ err }, 'told');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string).err;
}

const withRequest = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), {
    code: 'ERR_BAD_REQUEST',
    config: { headers: { authorization: 'Bearer canary' } },
    response: { data: 'canary' },
  });

it('tells type, message, stack, code and causes, and nothing else', () => {
  const err = logged(withRequest('outer', withRequest('inner')));
  expect(err).toEqual({
    type: 'Error',
    message: 'outer',
    stack: expect.stringContaining('logged-errors.test.ts'),
    code: 'ERR_BAD_REQUEST',
    cause: expect.objectContaining({ message: 'inner', code: 'ERR_BAD_REQUEST' }),
  });
  expect(JSON.stringify(err)).not.toContain('canary');
});

const hostile = new Error('x');
Object.defineProperty(hostile, 'message', {
  get() {
    throw new Error('x');
  },
});
const circular = new Error('circular');
circular.cause = circular;

it.each([
  ['a text', 'text', 'text'],
  ['null', null, 'a thrown null'],
  ['an object with credentials', { authorization: 'canary' }, 'a thrown [object Object]'],
  ['an object without prototype', Object.create(null), 'an error that cannot be read'],
  ['an error that throws', hostile, 'an error that cannot be read'],
])('tells %s without failing', (_, thrown, told) => {
  expect(logged(thrown)).toBe(told);
});

it('is bounded', () => {
  const line = JSON.stringify(logged(new Error('x'.repeat(1_000_000), { cause: circular })));
  expect(line.length).toBeLessThan(32_768);
});
