// Every kind of record that the host logs, with its text on a terminal.

/** A tool call, with all that its record can have. */
export const call = {
  server: 'weather',
  era: 'legacy',
  method: 'tools/call',
  target: 'get-forecast',
  outcome: 'ok',
  durationMs: 29.4,
  audit: 'tool-call',
  caller: 'sm21gwgJxYD2Vlq7',
  client: 'claude-code',
  clientFrom: 'clientInfo',
  invocationId: '0b6c6f3e-5c0e-4b77-8b35-0a5a2a6a2c11',
};

export type Level = 'debug' | 'info' | 'warn' | 'error';
/** Level, fields, message, and the text behind the time. */
export type Row = readonly [Level, object, string, string];

/** Of a warning that is longer than a line. */
export const FIX = 'Fix: review them, and run: npx --no mcp-host lock';

/** Each kind of record; the messages of all `log` calls of `runtime/` are among them. */
export const ROWS: readonly Row[] = [
  ['info', call, 'request', 'weather tools/call get-forecast ok 29.4 ms claude-code'],
  [
    'info',
    { server: 'a', method: 'ping', outcome: 'ok', durationMs: 1002.13 },
    'request',
    'a ping ok 1002 ms',
  ],
  [
    'info',
    {
      ...{ server: 'time', reason: 'method-not-allowed', status: 405 },
      ...{ caller: 'x', invocationId: 'y', path: '/time/mcp' },
    },
    'refused',
    'time refused /time/mcp method-not-allowed 405',
  ],
  [
    'info',
    { reason: 'not-found', status: 404, path: '/x', detail: 'no such path' },
    'refused',
    'refused /x not-found 404 no such path',
  ],
  [
    'info',
    { url: 'http://127.0.0.1:1', servers: ['/a/mcp', '/b/mcp'] },
    'listening',
    'listening url=http://127.0.0.1:1 servers=/a/mcp,/b/mcp',
  ],
  ['info', { server: 'a', stream: 'stdout' }, 'connected', 'a | connected'],
  ['debug', { server: 'a', stream: 'stderr' }, 'noise', 'debug a | noise'],
  ['info', { server: 'a', tries: 3 }, 'serving again', 'a serving again tries=3'],
  ['info', { reason: 'SIGINT' }, 'draining', 'draining (SIGINT)'],
  ['info', {}, 'drained', 'drained'],
  [
    'error',
    { server: 'a', reason: 'module-not-found', detail: 'No file. Fix: x', retryInMs: 5000 },
    'unavailable',
    'error a unavailable (module-not-found): No file. Fix: x retryInMs=5000',
  ],
  [
    'error',
    { server: 'a', reason: 'missing-variable', missing: ['KEY', 'NAME'] },
    'unavailable',
    'error a unavailable (missing-variable) missing=KEY,NAME',
  ],
  [
    'warn',
    { server: 'a', reason: 'tools-changed', added: ['x'], changed: ['y z', 'v'] },
    `tools are not as in servers.lock.json. ${FIX}`,
    `warn a tools are not as in servers.lock.json. ${FIX} reason=tools-changed added=x changed="y z",v`,
  ],
  [
    'warn',
    { server: 'a', tools: ['t'] },
    '`tools` in servers.yaml names a tool that this server does not have',
    'warn a `tools` in servers.yaml names a tool that this server does not have tools=t',
  ],
  [
    'warn',
    { tools: ['t'] },
    'tools that require tasks are not listed, because this host does not support tasks',
    'warn tools that require tasks are not listed, because this host does not support tasks tools=t',
  ],
  [
    'warn',
    { uri: 'x://y', members: ['a', 'b'] },
    'two members have a resource of this URI: clients get that of the first',
    'warn two members have a resource of this URI: clients get that of the first uri=x://y members=a,b',
  ],
  [
    'warn',
    { server: 'desk', member: 'a', method: 'tools/list', detail: 'it ended' },
    'a member cannot be listed, so the lists do not contain its items',
    'warn desk a member cannot be listed, so the lists do not contain its items: it ended member=a method=tools/list',
  ],
  [
    'warn',
    { server: 'a', method: 'tools/call', detail: 'x' },
    'server error',
    'warn a server error: x method=tools/call',
  ],
  [
    'warn',
    { server: 'a', reason: 'exited', code: 1 },
    'program ended',
    'warn a program ended (exited) code=1',
  ],
  [
    'warn',
    { server: 'a', reason: 'exited', detail: 'd' },
    'program not started',
    'warn a program not started (exited): d',
  ],
  ['debug', { server: 'a', pid: 12 }, 'program started', 'debug a program started pid=12'],
  [
    'warn',
    { server: 'a', stream: 'stdout', line: '{}', skipped: 2 },
    'output that is not JSON-RPC is skipped',
    'warn a output that is not JSON-RPC is skipped line={} skipped=2',
  ],
  [
    'warn',
    { server: 'a', detail: 'd' },
    'if this process is killed, programs that it started may keep running, because the process that would end them cannot be started',
    'warn a if this process is killed, programs that it started may keep running, because the process that would end them cannot be started: d',
  ],
  [
    'debug',
    { server: 'a', stream: 'stderr', dropped: 3 },
    'lines of output dropped',
    'debug a lines of output dropped dropped=3',
  ],
  [
    'warn',
    { server: 'a', dropped: 119 },
    'lines of refused requests dropped',
    'warn a lines of refused requests dropped dropped=119',
  ],
  ['warn', { lines: 120 }, 'lines of the log lost', 'warn lines of the log lost lines=120'],
  [
    'warn',
    { server: 'a', reason: 'slow-reader' },
    'answer not read',
    'warn a answer not read (slow-reader)',
  ],
  [
    'warn',
    { file: '/tmp/notes' },
    'the crash could not be recorded',
    'warn the crash could not be recorded file=/tmp/notes',
  ],
  [
    'error',
    { detail: 'answered 401', hidden: 2 },
    'telemetry fault',
    'error telemetry fault: answered 401 hidden=2',
  ],
  ['error', { detail: 'x' }, 'telemetry settings', 'error telemetry settings: x'],
  [
    'warn',
    { server: 'a' },
    'The tools of the server cannot be listed without a caller.',
    'warn a The tools of the server cannot be listed without a caller.',
  ],
  [
    'debug',
    { server: 'a' },
    'The host could not deliver a notification or an answer to the server.',
    'debug a The host could not deliver a notification or an answer to the server.',
  ],
  [
    'warn',
    { server: 'a', reason: 'blocked', operations: ['tools/call loop'] },
    'Two processes stood still in these requests. Fix: find the endless loop',
    'warn a Two processes stood still in these requests. Fix: find the endless loop reason=blocked operations="tools/call loop"',
  ],
  [
    'warn',
    { server: 'a', maxBodyBytes: 9, shareBytes: 8 },
    'servers.a.maxBodyBytes is more than this server may hold. Fix: a smaller one',
    'warn a servers.a.maxBodyBytes is more than this server may hold. Fix: a smaller one maxBodyBytes=9 shareBytes=8',
  ],
  [
    'warn',
    { servers: ['a', 'b'], reason: 'changed-globals', undone: ['Array.prototype.x'] },
    'A module changed globals that all servers share; that was taken back. Fix: correct the module',
    'warn A module changed globals that all servers share; that was taken back. Fix: correct the module reason=changed-globals servers=a,b undone=Array.prototype.x',
  ],
];

/** Those with a stack. */
export const FAULTS: readonly (readonly [Level, string])[] = [
  ['error', 'server failed'],
  ['error', 'internal error'],
  ['error', 'unhandled rejection'],
  ['error', 'drain failed'],
  ['error', 'telemetry could not be loaded'],
  ['warn', 'a message of the program was dropped'],
  ['warn', 'issuer unavailable'],
  ['debug', 'client gone'],
];
