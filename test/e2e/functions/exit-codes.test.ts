// What the exit codes of the handler tell the Functions host: mistakes end with 1 and give up after
// three, an asked-for end is 0 and starts anew.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { startApp } from './app.ts';
import { expectEcho } from './calls.ts';

const mistakes: readonly {
  readonly name: string;
  readonly yaml?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cause: RegExp;
}[] = [
  {
    name: 'a servers.yaml with a mistake',
    yaml: 'servers:\n  notes:\n    module: ./notes.mjs\n    path: notes\n',
    cause: /servers\.yaml:4:11 servers\.notes\.path: expected .*, got "notes"\. Fix: /,
  },
  {
    name: 'a faulty variable',
    environment: { HOST: 'not a host' },
    cause: /HOST: expected .*, got "not a host"\. Fix: /,
  },
  {
    name: 'a faulty log level',
    environment: { LOG_LEVEL: 'loud' },
    cause: /LOG_LEVEL: expected .*, got "loud"\. Fix: /,
  },
  {
    name: 'a server that cannot serve, where host.strict is true',
    yaml: 'host:\n  strict: true\nservers:\n  notes:\n    module: ./notes.mjs\n',
    cause: /servers\.notes: module-not-found/,
  },
];

describe.skipIf(realFunctionsHostUrl)('the process', () => {
  test.each(mistakes)(
    'ends with 1 because of $name, three times',
    async ({ yaml, environment, cause }) => {
      const host = await startApp({
        environment: { ...(yaml && { MCP_SERVERS_FILE: serversFile(yaml) }), ...environment },
      });
      expect(await host.stopped).toContain('Exceeded http worker restart retry count');
      expect(host.starts).toBe(3);
      const said = host.output.filter(
        ({ stream, text }) => stream === 'stderr' && cause.test(text),
      );
      expect(said).toHaveLength(3);
      expect(host.output.filter(({ text }) => /^\s+at /.test(text))).toEqual([]);
      // The Functions host repeats only lines that it takes for errors.
      const exits = host.log.filter(({ text }) =>
        text.startsWith('The handler exited with code 1\n'),
      );
      expect(exits).toHaveLength(3);
      expect(exits.at(-1)?.text).toMatch(cause);
    },
  );

  test('ends with 0 when it is asked to, and a new one takes over', async () => {
    // Where it counted as an error, the first would be the last.
    const host = await startApp({ errorLimit: 1 });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await expectEcho(host.url);
      expect(await host.signalHandler(signal)).toEqual({ code: 0, signal: null });
    }
    await expectEcho(host.url);
    expect(host.starts).toBe(3);
    expect(host.output.filter(({ stream }) => stream === 'stderr')).toEqual([]);
  });
});

/** A servers.yaml in a folder of its own, gone after the test. */
function serversFile(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-functions-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, yaml);
  return file;
}
