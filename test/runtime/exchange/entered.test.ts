// Whom the watchdog names when the main thread stands still.

import { expect, test } from 'vitest';
import { Entered, type Entering, operationOf } from '../../../runtime/exchange/entered.ts';

const SERVERS = ['first', 'second'];

function watched() {
  const written = new Entered(SERVERS);
  const [first, second] = SERVERS.map((name) => written.of(name));
  const suspects = () => new Entered(SERVERS, written.memory).suspects();
  return { first: first as Entering, second: second as Entering, suspects };
}

test('nobody, before anything was entered', () => {
  expect(watched().suspects()).toEqual([]);
});

test('the request entered last, also after it has ended', () => {
  const { first, second, suspects } = watched();
  first.enter('tools/call', 'a');
  second.enter('tools/call', 'looks "odd"\n');
  expect(suspects()).toEqual([{ server: 'second', operation: 'tools/call looks "odd"\n' }]);
  second.leave();
  first.leave();
  expect(suspects()).toEqual([{ server: 'second', operation: 'tools/call looks "odd"\n' }]);
});

test('a server without a request while its factory runs', () => {
  const { first, suspects } = watched();
  first.enter('tools/call', 'a');
  first.build();
  expect(suspects()).toEqual([{ server: 'first' }]);
});

test('all servers that are imported, and no request that has ended before', () => {
  const { first, second, suspects } = watched();
  first.enter('tools/call', 'a');
  first.leave();
  first.load();
  second.load();
  expect(suspects()).toEqual([{ server: 'first' }, { server: 'second' }]);
  first.loaded();
  expect(suspects()).toEqual([{ server: 'second' }]);
});

test.each(['tools/call', 'prompts/get'])('%s with its name', (method) => {
  expect(operationOf({ method, params: { name: 'a' } })).toBe(`${method} a`);
});

test('another method without a name that its client made up', () => {
  expect(operationOf({ method: 'resources/read', params: { name: 'a' } })).toBe('resources/read');
});

test('a long name as it is compared later', () => {
  const { first, suspects } = watched();
  const name = 'n'.repeat(500);
  first.enter('tools/call', name);
  const operation = operationOf({ method: 'tools/call', params: { name } });
  expect(suspects()).toEqual([{ server: 'first', operation }]);
});
