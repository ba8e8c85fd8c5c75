// What another thread can read of what the main thread runs.

import { expect, test } from 'vitest';
import { Entered, type Entering, operationOf } from '../../../runtime/exchange/entered.ts';

const SERVERS = ['first', 'second'];

function watched() {
  const written = new Entered(SERVERS);
  const [first, second] = SERVERS.map((name) => written.of(name));
  // As another thread reads it.
  const read = new Entered(SERVERS, written.memory);
  return { first: first as Entering, second: second as Entering, read };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('nothing, before anything was entered', () => {
  const { read } = watched();
  expect(read.running()).toEqual([]);
  expect(read.latest()).toBeUndefined();
  expect(read.fresh()).toBeUndefined();
  expect(read.isComplete).toBe(true);
});

test('all that runs, and what has ended no longer', () => {
  const { first, second, read } = watched();
  const a = { server: 'first', operation: 'tools/call a' };
  const odd = { server: 'second', operation: 'tools/call looks "odd"\n' };
  const place = first.enter('tools/call', 'a');
  second.enter('tools/call', 'looks "odd"\n');
  expect(read.running()).toEqual(expect.arrayContaining([a, odd]));
  first.leave(place);
  expect(read.running()).toEqual([odd]);
  second.enter('tools/call', 'a');
  expect(read.running()).toEqual(
    expect.arrayContaining([odd, { server: 'second', operation: 'tools/call a' }]),
  );
  expect(read.running()).toHaveLength(2);
});

test('what was entered last, also after it has ended', () => {
  const { first, second, read } = watched();
  const a = first.enter('tools/call', 'a');
  const b = second.enter('tools/call', 'b');
  second.leave(b);
  first.leave(a);
  expect(read.latest()).toEqual({ server: 'second', operation: 'tools/call b' });
  expect(read.running()).toEqual([]);
});

test('what was entered last as fresh until the event loop turns', async () => {
  const { first, second, read } = watched();
  first.enter('tools/call', 'a');
  second.enter('tools/call', 'b');
  expect(read.fresh()).toEqual({ server: 'second', operation: 'tools/call b' });
  await turn();
  expect(read.fresh()).toBeUndefined();
  first.enter('tools/call', 'c');
  expect(read.fresh()).toEqual({ server: 'first', operation: 'tools/call c' });
});

test('nothing as fresh when it has ended', () => {
  const { first, second, read } = watched();
  first.enter('tools/call', 'a');
  second.leave(second.enter('tools/call', 'b'));
  expect(read.fresh()).toBeUndefined();
});

test('a server without a request while its factory runs', () => {
  const { first, read } = watched();
  first.build();
  expect(read.running()).toEqual([{ server: 'first' }]);
});

test('all servers that are imported', () => {
  const { first, second, read } = watched();
  first.load('/first.js');
  second.load('/second.js');
  expect(read.loading()).toEqual([{ server: 'first' }, { server: 'second' }]);
  first.loaded();
  expect(read.loading()).toEqual([{ server: 'second' }]);
});

test('that not all is known while more runs than there are places', () => {
  const { first, read } = watched();
  const places = Array.from({ length: 600 }, () => first.enter('tools/call', 'a'));
  expect(read.isComplete).toBe(false);
  expect(read.fresh()).toBeUndefined();
  for (const place of places) first.leave(place);
  expect(read.isComplete).toBe(true);
  expect(read.running()).toEqual([]);
});

test.each(['tools/call', 'prompts/get'])('%s with its name', (method) => {
  expect(operationOf({ method, params: { name: 'a' } })).toBe(`${method} a`);
});

test('another method without a name that its client made up', () => {
  expect(operationOf({ method: 'resources/read', params: { name: 'a' } })).toBe('resources/read');
});

test('a long name as it is compared later', () => {
  const { first, read } = watched();
  const name = 'n'.repeat(500);
  first.enter('tools/call', name);
  const operation = operationOf({ method: 'tools/call', params: { name } });
  expect(read.running()).toEqual([{ server: 'first', operation }]);
});
