// Entries of servers.yaml are added, removed and switched at their place: every other byte stays.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { addEntries, type Entry, removeEntry, setEnabled } from '../../cli/servers-file.ts';

const ENTRY: Entry = {
  command: 'npx',
  args: ['-y', 'some-mcp@1.2.3', '--root', './data'],
  env: { KEY: '${KEY}', SIZE: '1_000' },
  title: 'A # title: with "signs"',
};

const files: readonly (readonly [what: string, text: string, added?: string])[] = [
  [
    'one entry',
    'servers:\n  a:\n    module: ./a.js\n',
    'servers:\n  a:\n    module: ./a.js\n\n  new:\n    module: ./new.js\n',
  ],
  [
    'entries without blank lines between them',
    'servers:\n  a: { module: ./a.js }\n  b: { module: ./b.js }\nhost: { strict: true }\n',
    'servers:\n  a: { module: ./a.js }\n  b: { module: ./b.js }\n  new:\n    module: ./new.js\nhost: { strict: true }\n',
  ],
  [
    'a last line without its end',
    'servers:\n  a:\n    module: ./a.js',
    'servers:\n  a:\n    module: ./a.js\n\n  new:\n    module: ./new.js',
  ],
  [
    'ends of lines as in Windows',
    'servers:\r\n  a:\r\n    module: ./a.js\r\n',
    'servers:\r\n  a:\r\n    module: ./a.js\r\n\r\n  new:\r\n    module: ./new.js\r\n',
  ],
  [
    'ends of lines of both kinds',
    '# one\nservers:\r\n  a:\r\n    module: ./a.js\nhost:\r\n  strict: true\n',
  ],
  [
    'four blanks a level',
    'servers:\n    a:\n        module: ./a.js\n',
    'servers:\n    a:\n        module: ./a.js\n\n    new:\n        module: ./new.js\n',
  ],
  [
    'a flow map',
    'servers: {a: {module: ./a.js}}\n',
    'servers: {a: {module: ./a.js}, "new": {"module":"./new.js"}}\n',
  ],
  ['a flow map with a last comma', 'servers: { a: { module: ./a.js }, }\n'],
  [
    'a flow map of several lines',
    'servers: {\n  a: { module: ./a.js }, # first\n  b: { module: ./b.js } # second\n}\n',
    'servers: {\n  a: { module: ./a.js }, # first\n  b: { module: ./b.js },\n  "new": {"module":"./new.js"} # second\n}\n',
  ],
  ['an empty flow map', 'servers: {}\n', 'servers: {"new": {"module":"./new.js"}}\n'],
  ['an empty flow map with a comment', 'servers: { # none yet\n}\n'],
  ['JSON', '{\n  "servers": {\n    "a": { "module": "./a.js" }\n  }\n}\n'],
  ['JSON in one line', '{"servers":{"a":{"module":"./a.js"}}}'],
  [
    'nothing below servers',
    'servers: # none\n\n# last words\nhost: { strict: true }\n',
    'servers: # none\n  new:\n    module: ./new.js\n\n# last words\nhost: { strict: true }\n',
  ],
  ['nothing behind servers', 'servers:'],
  [
    'comments behind the last entry',
    'servers:\n  a:\n    module: ./a.js # here\n    # of a\n\n    # of a, too\n  # of nobody\n\n# the end\n',
    'servers:\n  a:\n    module: ./a.js # here\n    # of a\n\n    # of a, too\n\n  new:\n    module: ./new.js\n  # of nobody\n\n# the end\n',
  ],
  [
    'an anchor and an alias',
    'servers:\n  a: &a\n    module: ./a.js\n    env: &e { K: v }\n  b:\n    module: ./b.js\n    env: *e\n',
  ],
  ['an alias at the end', 'servers:\n  a: &a { module: ./a.js }\n  b: *a\n'],
  [
    'a text of several lines at the end',
    'servers:\n  a:\n    module: ./a.js\n    description: >-\n      one\n\n      # two\n\n\nhost:\n  strict: true\n',
  ],
  [
    'a quoted text of several lines',
    'servers:\n  a:\n    module: ./a.js\n    title: "one\n      two"  \n',
  ],
  [
    'a list at the end',
    'servers:\n  a:\n    module: ./a.js\n    scopes:\n    - one\n    - two # it\n',
  ],
  ['an empty value at the end', 'servers:\n  a:\n    module: ./a.js\n    env:\n'],
  ['several blank lines at the end', 'servers:\n  a:\n    module: ./a.js\n\n\n\n'],
  ['blanks at the ends of lines', 'servers:  \n  a:  \n    module: ./a.js   \n   \n'],
  ['marks of a document', '---\nservers:\n  a:\n    module: ./a.js\n...\n'],
  ['keys in quotes', '"servers":\n  "a":\n    "module": ./a.js\n'],
  [
    'an entry with a key of its own line',
    'servers:\n  a:\n    module: ./a.js\n  ? b\n  : { module: ./b.js }\n',
  ],
];

describe.each(files)('a servers.yaml with %s', (_, text = '', expected?) => {
  test('gets an entry, and has the same bytes when it is removed', () => {
    for (const entry of [{ module: './new.js' }, ENTRY]) {
      const added = addEntries(text, { new: entry });
      if (entry !== ENTRY && expected !== undefined) expect(added).toBe(expected);
      const before = parse(text);
      expect(parse(added ?? '')).toEqual({ ...before, servers: { ...before.servers, new: entry } });
      expect(removeEntry(added ?? '', 'new')).toBe(text);
    }
  });

  test('gets two entries, and has the same bytes when they are removed in either order', () => {
    const added = addEntries(text, { one: ENTRY, two: { module: './two.js' } }) ?? '';
    expect(removeEntry(removeEntry(added, 'two') ?? '', 'one')).toBe(text);
    expect(removeEntry(removeEntry(added, 'one') ?? '', 'two')).toBe(text);
  });
});

describe('removing an entry', () => {
  const text =
    'servers:\n  # about a\n  a:\n    module: ./a.js\n    # inside\n    title: A\n\n  # about b\n  b: { module: ./b.js } # it\n  c:\n    module: ./c.js\n';

  test.each([
    [
      'a',
      'servers:\n  # about a\n\n  # about b\n  b: { module: ./b.js } # it\n  c:\n    module: ./c.js\n',
    ],
    [
      'b',
      'servers:\n  # about a\n  a:\n    module: ./a.js\n    # inside\n    title: A\n\n  # about b\n  c:\n    module: ./c.js\n',
    ],
    [
      'c',
      'servers:\n  # about a\n  a:\n    module: ./a.js\n    # inside\n    title: A\n\n  # about b\n  b: { module: ./b.js } # it\n',
    ],
  ])('%s leaves the others and the comments outside of it', (name, expected) => {
    expect(removeEntry(text, name)).toBe(expected);
  });

  test.each([
    ['{a: {m: 1}, b: {m: 2}, c: {m: 3}}', 'a', '{b: {m: 2}, c: {m: 3}}'],
    ['{a: {m: 1}, b: {m: 2}, c: {m: 3}}', 'b', '{a: {m: 1}, c: {m: 3}}'],
    ['{a: {m: 1}, # about a\n  b: {m: 2}}', 'b', '{a: {m: 1}, # about a\n  }'],
  ])('of the flow map %s: %s', (map, name, expected) => {
    expect(removeEntry(`servers: ${map}\n`, name)).toBe(`servers: ${expected}\n`);
  });

  test.each([
    ['whose anchor another one uses', 'servers:\n  a: &a { module: ./a.js }\n  b: *a\n', 'a'],
    ['that does not exist', 'servers:\n  a: { module: ./a.js }\n', 'b'],
    ['of a file that is no YAML', 'servers: [\n', 'a'],
  ])('%s has no place', (_, yaml, name) => {
    expect(removeEntry(yaml, name)).toBeUndefined();
  });
});

describe('switching an entry', () => {
  test.each([
    [
      'a block',
      'servers:\n  a:\n    module: ./a.js # it\n  b: {}\n',
      'servers:\n  a:\n    module: ./a.js # it\n    enabled: false\n  b: {}\n',
    ],
    [
      'four blanks a level',
      'servers:\n    a:\n        module: ./a.js',
      'servers:\n    a:\n        module: ./a.js\n        enabled: false',
    ],
    [
      'a flow map',
      'servers:\n  a: { module: ./a.js }\n',
      'servers:\n  a: { module: ./a.js, enabled: false }\n',
    ],
    [
      'JSON',
      '{"servers":{"a":{"module":"./a.js"}}}',
      '{"servers":{"a":{"module":"./a.js","enabled":false}}}',
    ],
    [
      'the key already',
      'servers:\r\n  a:\r\n    enabled:   true # yes\r\n    module: ./a.js\r\n',
      'servers:\r\n  a:\r\n    enabled:   false # yes\r\n    module: ./a.js\r\n',
    ],
  ])('off and on in %s keeps every other byte', (_, text, off) => {
    const compact = (each: string) => each.replaceAll(/[ "]/g, '');
    const changed = setEnabled(text, 'a', false);
    expect(compact(changed ?? '')).toBe(compact(off));
    expect(parse(changed ?? '').servers.a).toEqual({ module: './a.js', enabled: false });
    expect(setEnabled(changed ?? '', 'a', true)).toBe(changed?.replace('false', 'true'));
  });

  test.each([
    ['an entry that another one repeats', 'servers:\n  a: &a { module: ./a.js }\n  b: *a\n', 'a'],
    ['an alias', 'servers:\n  a: &a { module: ./a.js }\n  b: *a\n', 'b'],
  ])('%s has no place', (_, yaml, name) => {
    expect(setEnabled(yaml, name, false)).toBeUndefined();
  });
});

describe('adding an entry', () => {
  test.each([
    ['a value that says null', 'servers: ~\n'],
    ['an alias as the map', 'x: &x { a: { module: ./a.js } }\nservers: *x\n'],
    ['a list', '- a\n'],
    ['a text that keeps its blank lines', 'servers:\n  a:\n    description: |+\n      one\n\n\n'],
  ])('has no place in a file with %s', (_, text) => {
    expect(addEntries(text, { new: ENTRY })).toBeUndefined();
  });
});

/** Texts of servers.yaml as people write them, in every mixture of styles. */
function servers(): fc.Arbitrary<string> {
  const comment = fc.constantFrom('', '# a', '    # deep', '  # level', '', ' ');
  const value = fc.constantFrom(
    './a.js',
    '"./a.js" # it',
    '{ A: b, }',
    '[a, "b"]',
    '"a\n            b"',
    '>-\n            a\n\n            b',
    '',
  );
  const keys = fc.uniqueArray(fc.constantFrom('module', 'title', 'env', 'args', 'path'), {
    minLength: 1,
    maxLength: 4,
  });
  const entry = fc.record({
    keys,
    values: fc.array(value, { minLength: 4, maxLength: 4 }),
    comment,
    isFlow: fc.boolean(),
  });
  return fc
    .record({
      step: fc.integer({ min: 1, max: 5 }),
      entries: fc.array(entry, { maxLength: 4 }),
      before: fc.constantFrom('', '# top\n', 'defaults: { auth: jwt }\n\n', '---\n'),
      after: fc.constantFrom('', '\n\n', 'host:\n  strict: true\n', '\n# end', '...\n'),
      eol: fc.constantFrom('\n', '\r\n'),
      hasEnd: fc.boolean(),
    })
    .map(({ step, entries, before, after, eol, hasEnd }) => {
      const blanks = ' '.repeat(step);
      const lines = entries.flatMap((each, index) => [
        ...(each.isFlow
          ? [`${blanks}s${index}: { module: ./a.js, path: /x }`]
          : [
              `${blanks}s${index}:`,
              ...each.keys.map((key, at) => `${blanks}${blanks}${key}: ${each.values[at]}`),
            ]),
        each.comment,
      ]);
      const text = `${before}servers:\n${lines.map((line) => `${line}\n`).join('')}${after}`;
      return (hasEnd ? text : text.replace(/\n$/, '')).replaceAll('\n', eol);
    });
}

test('add and remove give the same bytes, whatever the file looks like', () => {
  fc.assert(
    fc.property(servers(), (text) => {
      const added = addEntries(text, { new: ENTRY });
      expect(added).toBeDefined();
      expect(removeEntry(added ?? '', 'new')).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('an entry that is removed takes no line of another one with it', () => {
  fc.assert(
    fc.property(servers(), fc.nat(3), (text, index) => {
      const { [`s${index}`]: gone, ...others } = parse(text)?.servers ?? {};
      const removed = removeEntry(text, `s${index}`);
      if (removed === undefined) return gone === undefined;
      expect(parse(removed).servers ?? {}).toEqual(others);
      return true;
    }),
  );
});
