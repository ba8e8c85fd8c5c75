// Starts a newly added server once, lists its tools, and locks it if its kind needs a lock.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyServerEnv, type Environment, resolveServer } from '../../config/env.ts';
import { memberOf } from '../../config/json-value.ts';
import { isOutside, readLockFile } from '../../config/lock-file.ts';
import type { ServersConfig } from '../../config/schema.ts';
import type { JsonObject } from '../../runtime/exchange/exchange.ts';
import { runLongTool } from '../command-line-tool.ts';
import { ExplainedError } from '../explained-error.ts';
import { lockedOf, readOffer } from '../lock/read-server.ts';
import { writeLock } from '../lock/write-lock.ts';
import type { Progress } from '../progress.ts';
import { renderTable } from '../table.ts';
import { printable } from '../terminal.ts';
import type { Questions } from './questions.ts';

export interface Started {
  /** Names; undefined where the server was not started. */
  readonly tools: readonly string[] | undefined;
  /** For people. */
  readonly lines: readonly string[];
}

interface StartOptions {
  readonly keep: boolean;
  readonly progress: Progress;
  readonly questions: Questions;
  readonly signal: AbortSignal;
  readonly remark: (line: string) => void;
}

type Offered = Awaited<ReturnType<typeof readOffer>>;

const MAX_DESCRIPTION = 80;

/** @throws ExplainedError when it does not start, unless it is kept. */
export async function startAdded(
  name: string,
  config: ServersConfig,
  environment: Environment,
  options: StartOptions,
): Promise<Started> {
  const { progress, signal, remark, keep } = options;
  const server = config.servers.find((each) => each.name === name);
  if (server === undefined || server.kind === 'combine' || !server.enabled) return notStarted();
  await askForVariables(server, options.questions);
  progress.update(name, 'starting');
  let read = await readOffer(server, config, environment, signal);
  signal.throwIfAborted();
  if (isNotBuilt(read) && hasBuild(config.directory)) {
    progress.update(name, 'building (npm run build)');
    await build(config.directory, signal);
    read = await readOffer(server, config, environment, signal);
    signal.throwIfAborted();
  }
  progress.clear();
  if (read.status !== 'read') {
    const reason = oneLine(read.reason);
    // It is loaded in a thread here, and in the host's own there.
    const isUntold = read.status === 'left-out' || read.word === 'native-addon';
    if (isUntold || keep) {
      remark(`${name} was not started: ${reason}`);
      return notStarted();
    }
    const [problem = '', fix = 'fix the problem'] = reason.split(/\.? Fix: /);
    throw new ExplainedError(
      `${name} does not start (${problem.replace(/\.$/, '')}); nothing was changed`,
      `${fix.replace(/\.$/, '')}. Then run this command again, or use --keep to keep the entry`,
    );
  }
  const { offer, unknown } = read;
  for (const [method, reason] of unknown)
    remark(`${name}: the result of ${method} is unknown: ${printable(reason)}`);
  if (isOutside(server)) {
    const locked = { ...readLockFile(config.file)?.servers };
    writeLock(config.file, { ...locked, [name]: lockedOf(server, offer, config, environment) });
  }
  return { tools: namesOf(offer.tools), lines: toolTable(offer.tools ?? []) };
}

function notStarted(): Started {
  return { tools: undefined, lines: [] };
}

async function askForVariables(
  server: Parameters<typeof resolveServer>[0],
  questions: Questions,
): Promise<void> {
  const texts = resolveServer(server);
  for (const variable of 'missing' in texts ? texts.missing : []) {
    const value = await questions.secret(
      `${variable} is not set. Enter a value for this start only; it is not saved (Enter for none)`,
    );
    if (value !== undefined) applyServerEnv({ [variable]: value });
  }
}

function isNotBuilt(read: Offered): boolean {
  return read.status === 'failed' && read.word === 'not-built';
}

function hasBuild(directory: string): boolean {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return false;
  const scripts = memberOf(JSON.parse(readFileSync(file, 'utf8')), 'scripts');
  return memberOf(scripts, 'build') !== undefined;
}

/** @throws ExplainedError */
async function build(folder: string, signal: AbortSignal): Promise<void> {
  const outcome = await runLongTool('npm', ['run', '--silent', 'build'], { folder, signal });
  signal.throwIfAborted();
  if (outcome?.status === 0) return;
  const { stdout = '', complaint = '' } = outcome ?? {};
  const [first = ''] = `${stdout}\n${complaint}`.split('\n').filter((line) => line.trim() !== '');
  throw new ExplainedError(
    `npm run build fails (${printable(first.trim())}); nothing was changed`,
    'fix the problem and run this command again',
  );
}

function oneLine(text: string): string {
  return printable(text.trim().replaceAll(/\s*\n\s*/g, ' '));
}

function namesOf(tools: readonly JsonObject[] = []): string[] {
  return tools.map(({ name }) => String(name));
}

function toolTable(tools: readonly JsonObject[]): string[] {
  if (tools.length === 0) return ['This server has no tools.'];
  const rows = tools.map(({ name, title, description }) => [
    printable(String(name)),
    shortened(printable(String(description ?? title ?? '').split('\n', 1)[0] ?? '')),
  ]);
  return renderTable(['TOOL', 'DESCRIPTION'], rows);
}

function shortened(text: string): string {
  return text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1)}…`;
}
