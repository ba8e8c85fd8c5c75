// Rules of combinations and of servers without a path: the exact lines, and not one more.

import { expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { describeBadFiles } from './bad-files.ts';

const file = (...lines: string[]): string => ['servers:', ...lines, ''].join('\n');

describeBadFiles([
  {
    name: 'a member that is misspelled',
    text: file('  memory: { module: ./m.ts }', '  desk: { combine: { memry: {} } }'),
    errors: [
      'servers.yaml:3:22 servers.desk.combine.memry: expected a server of this file, got "memry", which this file does not have. Fix: write "memory"',
    ],
  },
  {
    name: 'a member that is nowhere',
    text: file('  memory: { module: ./m.ts }', '  desk: { combine: { memory: {}, crm: {} } }'),
    errors: [
      'servers.yaml:3:34 servers.desk.combine.crm: expected a server of this file, got "crm", which this file does not have. Fix: add servers.crm, or delete this line',
    ],
  },
  {
    name: 'a member that is disabled',
    text: file(
      '  memory: { module: ./m.ts, enabled: false }',
      '  time: { module: ./t.ts }',
      '  desk: { combine: { time: {}, memory: {} } }',
    ),
    errors: [
      'servers.yaml:4:32 servers.desk.combine.memory: expected a server that is enabled, got "memory", which has "enabled: false". Fix: delete this line, or delete "enabled: false" from servers.memory',
    ],
  },
  {
    name: 'a member that is a combination, another or itself',
    text: file(
      '  memory: { module: ./m.ts }',
      '  inner: { combine: { memory: {} } }',
      '  desk: { combine: { inner: {}, desk: {} } }',
    ),
    errors: [
      'servers.yaml:4:22 servers.desk.combine.inner: expected a server that is not itself a combination, got "inner". Fix: list the members of "inner" instead',
      'servers.yaml:4:33 servers.desk.combine.desk: expected a server that is not itself a combination, got the combination itself. Fix: delete this line',
    ],
  },
  {
    name: 'a jwt member whose keys come from elsewhere',
    text: file(
      '  notes: { module: ./n.ts, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n } }',
      '  tasks: { module: ./t.ts, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n, openIdConfigUrl: "https://k.example.com/c" } }',
      '  desk: { combine: { notes: {} }, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n, openIdConfigUrl: "https://k.example.com/c" } }',
      '  both: { combine: { tasks: {} }, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n } }',
    ),
    errors: [
      'servers.yaml:4:116 servers.desk.jwt.openIdConfigUrl: expected the openIdConfigUrl of servers.notes: none, got "https://k.example.com/c". Fix: write the same value, or remove "notes" from "combine"',
      'servers.yaml:5:51 servers.both.jwt: expected the openIdConfigUrl of servers.tasks: "https://k.example.com/c", got none. Fix: write the same value, or remove "tasks" from "combine"',
    ],
  },
  {
    name: 'fewer scopes than `defaults` has for a member without a path',
    text: [
      'defaults: { auth: entra, scopes: [admin, read] }',
      'servers:',
      '  notes: { module: ./n.ts, path: none }',
      '  desk: { combine: { notes: {} }, scopes: [read] }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:43 servers.desk.scopes: expected the scopes of "defaults", which servers.notes requires, got scopes without "admin". Fix: add the missing scopes, or give servers.notes its own path and scopes',
    ],
  },
  {
    name: 'no member at all',
    text: file('  desk: { combine: {} }'),
    errors: [
      'servers.yaml:2:20 servers.desk.combine: expected at least one server of this file, got none. Fix: write combine: { <name of a server>: {} }',
    ],
  },
  {
    name: 'a member with a fault of its own: one line, for the fault',
    text: file(
      '  memory: { module: ./m.ts, path: none, timeoutMs: 0 }',
      '  desk: { combine: { memory: {} } }',
    ),
    errors: [
      'servers.yaml:2:52 servers.memory.timeoutMs: expected a whole number of milliseconds from 1 to 210000, got 0. Fix: write at least 1',
    ],
  },
  {
    name: 'prefixes with which a name could be of two members',
    text: file(
      '  a: { module: ./a.ts }',
      '  b: { module: ./b.ts }',
      '  c: { module: ./c.ts }',
      '  desk: { combine: { a: {}, b: { prefix: a }, c: { prefix: a_x } } }',
    ),
    errors: [
      'servers.yaml:5:42 servers.desk.combine.b.prefix: expected a prefix that tool names of other members cannot start with, got the prefix "a_", which overlaps "a_" of a. Fix: give one of them a different "prefix"',
      'servers.yaml:5:60 servers.desk.combine.c.prefix: expected a prefix that tool names of other members cannot start with, got the prefix "a_x_", which overlaps "a_" of a. Fix: give one of them a different "prefix"',
    ],
  },
  {
    name: 'auth weaker than that of a member',
    text: file(
      '  open: { module: ./a.ts, auth: anonymous }',
      '  keyed: { module: ./b.ts, auth: function }',
      '  staff: { module: ./c.ts, auth: entra }',
      '  one: { combine: { open: {}, keyed: {} }, auth: anonymous }',
      '  two: { combine: { staff: {} }, auth: function }',
    ),
    errors: [
      'servers.yaml:5:50 servers.one.auth: expected "auth: function" or stronger, because servers.keyed uses "function", got "auth: anonymous", which would let other callers reach that server. Fix: write "auth: function", or remove "keyed" from "combine"',
      'servers.yaml:6:40 servers.two.auth: expected "auth: entra", the same as servers.staff, got "auth: function", which would let other callers reach that server. Fix: write "auth: entra", or remove "staff" from "combine"',
    ],
  },
  {
    name: 'an entra member behind jwt, and a jwt member behind entra',
    text: file(
      '  staff: { module: ./c.ts, auth: entra }',
      '  notes: { module: ./n.ts, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n } }',
      '  one: { combine: { staff: {} }, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n } }',
      '  two: { combine: { notes: {} }, auth: entra }',
    ),
    errors: [
      'servers.yaml:4:40 servers.one.auth: expected "auth: entra", the same as servers.staff, got "auth: jwt", which would let other callers reach that server. Fix: write "auth: entra", or remove "staff" from "combine"',
      'servers.yaml:5:40 servers.two.auth: expected "auth: jwt", the same as servers.notes, got "auth: entra", which would let other callers reach that server. Fix: write "auth: jwt", or remove "notes" from "combine"',
    ],
  },
  {
    name: 'tokens of another issuer and for another audience',
    text: file(
      '  notes: { module: ./n.ts, auth: jwt, jwt: { issuer: "https://i.example.com", audience: n } }',
      '  desk: { combine: { notes: {} }, auth: jwt, jwt: { issuer: "https://j.example.com", audience: d } }',
    ),
    errors: [
      'servers.yaml:3:61 servers.desk.jwt.issuer: expected the issuer of servers.notes: "https://i.example.com", got "https://j.example.com". Fix: write the same value, or remove "notes" from "combine"',
      'servers.yaml:3:96 servers.desk.jwt.audience: expected the audience of servers.notes: "n", got "d". Fix: write the same value, or remove "notes" from "combine"',
    ],
  },
  {
    name: 'lists that are kept for all callers and differ between them',
    text: file(
      '  a: { module: ./a.ts }',
      '  staff: { module: ./c.ts, auth: entra, cacheScope: public }',
      '  one: { combine: { a: {} }, cacheScope: public }',
      '  two: { combine: { staff: {} }, auth: entra, cacheScope: public }',
    ),
    errors: [
      'servers.yaml:4:42 servers.one.cacheScope: expected "cacheScope: private", because callers get different answers from a member, got "public", but servers.a has "private". Fix: write "private"; or, if every caller gets the same lists, write "cacheScope: public" at servers.a',
      'servers.yaml:5:59 servers.two.cacheScope: expected "cacheScope: private", because callers get different answers from a member, got "public", but servers.staff requires scopes that the combination does not. Fix: write "private"',
    ],
  },
  {
    name: 'no path for a server that nobody combines, or a disabled combination does',
    text: file(
      '  a: { module: ./a.ts, path: none }',
      '  b: { module: ./b.ts, path: none }',
      '  off: { combine: { b: {} }, enabled: false }',
    ),
    errors: [
      'servers.yaml:2:30 servers.a.path: expected a path, because no combination uses this server, got "none", so nobody could call it. Fix: delete "path", or add "a" to "combine" of another server',
      'servers.yaml:3:30 servers.b.path: expected a path, because no combination uses this server, got "none", so nobody could call it. Fix: delete "path", or add "b" to "combine" of another server',
    ],
  },
  {
    name: 'a combination without a path',
    text: file('  a: { module: ./a.ts }', '  desk: { combine: { a: {} }, path: none }'),
    errors: [
      'servers.yaml:3:37 servers.desk.path: expected a path, because no combination uses this server, got "none", so nobody could call it. Fix: delete "path", or add "desk" to "combine" of another server',
    ],
  },
  {
    name: 'keys that nobody reads without a path',
    text: file(
      '  a: { module: ./a.ts, path: none, auth: entra, scopes: [x], rateLimit: { max: 1, windowSeconds: 1 } }',
      '  desk: { combine: { a: {} }, auth: entra }',
    ),
    errors: [
      'servers.yaml:2:49 servers.a.scopes: expected "scopes" only on a server with a path, got "path: none"; the Entra app has no scope for such a server. Fix: move "scopes" to the combination, or give the server a path',
      'servers.yaml:2:62 servers.a.rateLimit: expected "rateLimit" only on a server with a path, got "path: none"; the "rateLimit" of the combination applies instead. Fix: move "rateLimit" to the combination, or give the server a path',
    ],
  },
]);

test('members may stand before and after their combination, with any weaker auth and any path', () => {
  const text = file(
    '  a: { module: ./a.ts, auth: anonymous, path: none }',
    '  desk: { combine: { a: {}, b: { prefix: x }, c: {} }, auth: jwt, scopes: [d], jwt: &i { issuer: "https://i.example.com", audience: n } }',
    '  b: { module: ./b.ts, auth: function, path: none }',
    '  c: { module: ./c.ts, auth: jwt, jwt: *i, scopes: [c] }',
    '  two: { combine: { a: {} } }',
  );
  const { servers } = parseConfig(text, 'servers.yaml');
  expect(servers.map(({ name, path }) => [name, path])).toEqual([
    ['a', 'none'],
    ['desk', '/desk/mcp'],
    ['b', 'none'],
    ['c', '/c/mcp'],
    ['two', '/two/mcp'],
  ]);
});

test('an entra server without a path has no scope of its own', () => {
  const text = file(
    '  a: { module: ./a.ts, auth: entra, path: none }',
    '  b: { module: ./b.ts, auth: entra, path: none }',
    '  desk: { combine: { a: {}, b: {} }, auth: entra }',
  );
  const { servers } = parseConfig(text, 'servers.yaml');
  expect(servers.map(({ scopes }) => scopes)).toEqual([[], [], ['mcp.desk']]);
});
