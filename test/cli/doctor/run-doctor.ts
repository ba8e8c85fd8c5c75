// Runs the doctor in a folder of the test's own, with an azd and an az that only print what they
// are given, and opens servers that answer as a test says.

import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Row } from '../../../cli/doctor/row.ts';
import { makeFolder, runCli } from '../run-cli.ts';

/** Fake tools are scripts of a POSIX shell. */
export const lacksShell = process.platform === 'win32';

export interface DoctorOptions {
  readonly serversYaml: string;
  /** Values of the azd environment; a text is the script of an azd that does something else. */
  readonly azd?: Readonly<Record<string, string>> | string;
  /** Script of an az. */
  readonly az?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: Readonly<Record<string, string>>;
}

export interface DoctorRun {
  readonly code: number | null;
  readonly rows: readonly Row[];
  readonly notSeen: string | null;
  readonly err: readonly string[];
  /** Everything that was printed. */
  readonly text: string;
  /** What az was called with, a call a line. */
  readonly azCalls: string;
}

/** Runs `doctor --json` with these arguments. */
export async function runDoctor(
  args: readonly string[],
  { serversYaml, azd, az, env, files }: DoctorOptions,
): Promise<DoctorRun> {
  const azdScript = typeof azd === 'string' ? azd : 'cat "$(dirname "$0")/../azd.json"';
  const folder = makeFolder({
    ...files,
    'servers.yaml': serversYaml,
    'azd.json': JSON.stringify(azd ?? {}),
    'bin/none': '',
    ...(azd !== undefined && { 'bin/azd': `#!/bin/sh\n${azdScript}\n` }),
    ...(az !== undefined && { 'bin/az': `#!/bin/sh\necho "$*" >> az-calls\n${az}\n` }),
  });
  for (const tool of ['azd', 'az']) {
    const file = join(folder, 'bin', tool);
    if (existsSync(file)) chmodSync(file, 0o755);
  }
  const place = { folder, env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, ...env } };
  const { code, out, err } = await runCli(['doctor', ...args, '--json'], place);
  const calls = join(folder, 'az-calls');
  const text = [...out, ...err].join('\n');
  const azCalls = existsSync(calls) ? readFileSync(calls, 'utf8') : '';
  const { rows, notSeen } =
    out.length > 0 ? JSON.parse(out.join('\n')) : { rows: [], notSeen: null };
  return { code, rows, notSeen, err, text, azCalls };
}

/** One line per row that is not as expected. */
export function unexpected(rows: readonly Row[]): string[] {
  return rows
    .filter(({ result }) => result !== 'expected')
    .map(({ result, check, came, fix }) => `${result} | ${check} | ${came} | ${fix}`);
}

export interface AnsweringServer {
  readonly url: string;
  /** Method and target of each request so far. */
  readonly requests: readonly string[];
  /** Headers of all requests so far, as text. */
  readonly headers: readonly string[];
}

/** A server on loopback, gone after the test. */
export async function openServer(answer: RequestListener): Promise<AnsweringServer> {
  const requests: string[] = [];
  const headers: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(JSON.stringify(request.headers));
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, headers };
}
