// servers.yaml that is no good YAML, or YAML that Bicep would read differently: one line each,
// never a stack.

import { describeBadFiles } from './bad-files.ts';

/** Nine levels of nine: 387 million values from a few hundred characters. */
const aliasBomb = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  .map((name, index, names) => {
    const item = index === 0 ? 'x' : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array(9).fill(item).join(', ')}]`;
  })
  .join('\n');

describeBadFiles([
  {
    name: 'a tab as indentation',
    text: ['servers:', '  weather:', '\tmodule: ./w.ts', ''].join('\n'),
    errors: ['servers.yaml:3:1: expected valid YAML, got a tab. Fix: indent with spaces'],
  },
  {
    name: 'a name that stands twice',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '  weather:',
      '    module: ./x.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:3 servers.weather: expected each key only once, got a second "weather" (the first is at line 2). Fix: delete one of them',
    ],
  },
  {
    name: 'a key that stands twice in one server',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    path: /a', '    path: /b', ''].join(
      '\n',
    ),
    errors: [
      'servers.yaml:5:5 servers.weather.path: expected each key only once, got a second "path" (the first is at line 4). Fix: delete one of them',
    ],
  },
  {
    name: 'an alias bomb',
    text: aliasBomb,
    errors: [
      'servers.yaml:1:1: expected values, got too many aliases (*name). Fix: write the values instead of aliases',
    ],
  },
  {
    name: 'an alias without an anchor',
    text: ['servers:', '  weather:', '    module: *code', ''].join('\n'),
    errors: [
      'servers.yaml:3:13 servers.weather.module: expected an alias of an anchor that is defined above it, got *code. Fix: put text that begins with * in quotes, or define the anchor above this line',
    ],
  },
  {
    name: 'two documents',
    text: ['servers:', '  weather:', '    module: ./w.ts', '---', 'servers: {}', ''].join('\n'),
    errors: [
      'servers.yaml:4:1: expected one document, got a second one (---). Fix: delete it, or move its servers into the first document',
    ],
  },
  {
    name: 'an empty file',
    text: '',
    errors: [
      'servers.yaml:1:1: expected a map of servers, got an empty file. Fix: write "servers:", and a server below it',
    ],
  },
  {
    name: 'only comments',
    text: '# nothing yet\n',
    errors: [
      'servers.yaml:1:1: expected a map of servers, got an empty file. Fix: write "servers:", and a server below it',
    ],
  },
  {
    name: 'a file of only a null',
    text: '~\n',
    errors: [
      'servers.yaml:1:1: expected a map of host, defaults and servers, got nothing. Fix: write "servers:", and list the servers below it',
    ],
  },
  {
    name: 'a list at the top',
    text: ['- weather', '- time', ''].join('\n'),
    errors: [
      'servers.yaml:1:1: expected a map of host, defaults and servers, got a list. Fix: write "servers:", and list the servers below it',
    ],
  },
  {
    name: 'a text at the top',
    text: 'weather\n',
    errors: [
      'servers.yaml:1:1: expected a map of host, defaults and servers, got "weather". Fix: write "servers:", and list the servers below it',
    ],
  },
  {
    name: 'an unclosed bracket',
    text: ['servers:', '  weather: { module: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:3:1: expected valid YAML, got wrong indentation. Fix: align the keys, and close each { and [ above',
    ],
  },
  {
    name: 'an unclosed quote',
    text: ['servers:', '  weather:', '    module: "./w.ts', '    path: /a', ''].join('\n'),
    errors: [
      'servers.yaml:5:1: expected valid YAML, got an unclosed quote or bracket. Fix: close the quote or bracket that was opened above',
    ],
  },
  {
    name: 'a value with a colon and no quotes',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    title: Weather: US', ''].join('\n'),
    errors: [
      'servers.yaml:4:12: expected valid YAML, got two colons on one line. Fix: put the value in quotes',
    ],
  },
  {
    name: 'a value that begins with a reserved character',
    text: ['servers:', '  weather:', '    module: @acme/weather', ''].join('\n'),
    errors: [
      'servers.yaml:3:13: expected valid YAML, got a value that begins with a reserved character. Fix: put it in quotes',
    ],
  },
  {
    name: 'braces without quotes',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    title: {{title}}', ''].join('\n'),
    errors: [
      'servers.yaml:4:13: expected valid YAML, got a map or list as a key. Fix: put text with { or [ in quotes',
    ],
  },
  {
    name: 'wrong indentation',
    text: ['servers:', '  weather:', '    module: ./w.ts', '   path: /a', ''].join('\n'),
    errors: [
      'servers.yaml:4:1: expected valid YAML, got wrong indentation. Fix: align the keys, and close each { and [ above',
    ],
  },
  {
    name: 'a merge key, whose content is still checked',
    text: [
      'defaults: &limits',
      '  maxConcurrent: 5',
      'servers:',
      '  weather:',
      '    <<: *limits',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:5 servers.weather.<<: expected no merge key, got "<<". Fix: write out the keys, or move them to "defaults"',
    ],
  },
  {
    name: 'a merge key that brings in a fault',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    <<: { timeout: 3 }', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.weather.timeout: expected a known key, got "timeout". Fix: write "timeoutMs", in milliseconds',
      'servers.yaml:4:5 servers.weather.<<: expected no merge key, got "<<". Fix: write out the keys, or move them to "defaults"',
    ],
  },
  {
    name: 'a number with underscores',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    timeoutMs: 30_000', ''].join('\n'),
    errors: [
      'servers.yaml:4:16 servers.weather.timeoutMs: expected a number without _, got 30_000. Fix: write 30000 (or put it in quotes if it is text)',
    ],
  },
  {
    name: 'a text that Bicep would read as a number',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    title: 1_000', ''].join('\n'),
    errors: [
      'servers.yaml:4:12 servers.weather.title: expected a number without _, got 1_000. Fix: write 1000 (or put it in quotes if it is text)',
    ],
  },
  {
    name: 'a whole number with a point',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    timeoutMs: 5000.0',
      '    title: 2.0',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:16 servers.weather.timeoutMs: expected a whole number without a decimal point, got 5000.0. Fix: write 5000 (or put it in quotes if it is text)',
      'servers.yaml:5:12 servers.weather.title: expected a whole number without a decimal point, got 2.0. Fix: write 2 (or put it in quotes if it is text)',
    ],
  },
  {
    name: 'a tag',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    title: !!str 5', ''].join('\n'),
    errors: [
      'servers.yaml:4:18 servers.weather.title: expected a value without a tag, got the tag !!str. Fix: delete the tag (put the value in quotes if it is text)',
    ],
  },
  {
    name: 'a %YAML line',
    text: ['%YAML 1.1', '---', 'servers:', '  weather:', '    module: ./w.ts', ''].join('\n'),
    errors: ['servers.yaml:1:1: expected no %YAML line, got %YAML 1.1. Fix: delete the line'],
  },
  {
    name: 'the key __proto__ as a server',
    text: [
      'servers:',
      '  __proto__:',
      '    module: ./w.ts',
      '  weather:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.__proto__: expected another key, got "__proto__". Fix: rename or delete it',
    ],
  },
]);
