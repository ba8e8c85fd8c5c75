// The run of `mcp-host install` and `mcp-host uninstall`: every client is looked at, the changes are shown and confirmed
// once, and each client has an outcome of its own.

import type { Client } from '../../clients/client.ts';
import { webClients } from '../../clients/web-clients.ts';
import { Questions } from '../add/questions.ts';
import { printable, red, type Terminal } from '../terminal.ts';
import type { WantedEntries } from '../wanted-entries.ts';
import { chooseClients } from './choose-clients.ts';
import { Installation, type InstallationOptions, type Outcome } from './installation.ts';
import { showWebClient } from './web-client.ts';

export interface InstallRun extends InstallationOptions {
  readonly names: readonly string[];
  readonly find: (client: Client) => WantedEntries;
  /** Asks nothing. */
  readonly isSilent: boolean;
  readonly json: boolean;
}

const FINE: readonly Outcome['state'][] = ['written', 'removed', 'unchanged'];

/** Returns the exit code. */
export async function runInstall(run: InstallRun, terminal: Terminal, signal: AbortSignal) {
  const { names, isProject, isSilent, json } = run;
  const { ask, ...mute } = terminal;
  const person: Terminal = isSilent ? mute : terminal;
  const shown = json ? undefined : terminal;
  const ids = await chooseClients(names, isProject, person, signal);
  const isOne = ids.length === 1 && !json;
  const prepared = ids.map((id) => attempt(id, isOne, () => prepare(id, run)));
  const changing = prepared.filter(
    (each): each is Installation => each instanceof Installation && each.changesFile,
  );
  if (shown !== undefined && ask !== undefined) for (const each of changing) each.show(shown);
  const questions = new Questions(person.ask, signal);
  const question = run.way === 'uninstall' ? 'Remove them?' : 'Write it?';
  const isAgreed = changing.length === 0 || (await questions.confirm(question));
  signal.throwIfAborted();
  const outcomes = ids.map((id, index): Outcome => {
    const each = prepared[index] as Installation | Outcome | 'web';
    if (each === 'web') return attemptWeb(id, run, shown);
    if (!(each instanceof Installation)) return each;
    if (!isAgreed && each.changesFile) return each.decline();
    return attempt(id, isOne, () => each.finish(shown));
  });
  if (json) {
    const ok = outcomes.every(({ state }) => FINE.includes(state));
    terminal.print(JSON.stringify({ ok, clients: outcomes }, null, 2));
  } else tell(outcomes, isAgreed, terminal);
  return outcomes.every(({ state }) => FINE.includes(state)) ? 0 : 1;
}

function prepare(id: string, run: InstallRun): Installation | 'web' {
  if (Object.hasOwn(webClients, id)) return 'web';
  return new Installation(id, run.find, { ...run, words: ['--client', id, ...run.words] });
}

/** Where the client is a page, its entries are those of any client without fields of its own. */
function attemptWeb(id: string, { find, way }: InstallRun, shown: Terminal | undefined): Outcome {
  const { entries } = find({ title: id, format: 'json', root: '', entry: {}, key: {} });
  return showWebClient(id, entries, way, shown);
}

/** One client that fails does not stop the others. */
function attempt<Result>(id: string, isOne: boolean, action: () => Result): Result | Outcome {
  try {
    return action();
  } catch (error) {
    if (isOne) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    return { client: id, file: null, state: 'failed', entries: [], problem, next: [] };
  }
}

function tell(outcomes: readonly Outcome[], isAgreed: boolean, { print, remark }: Terminal): void {
  for (const { client, state, problem = '' } of outcomes) {
    if (state === 'failed') remark(`${red(`${client}:`)} ${printable(problem)}`);
  }
  if (!isAgreed) remark('Nothing was changed.');
  const next = new Set(
    outcomes.flatMap(({ state, next: lines }) => (state === 'written' ? lines : [])),
  );
  for (const line of next) print(line);
}
