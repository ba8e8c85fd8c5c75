// Clients that are set up in a browser: what to enter there.

import type { ClientEntry } from '../../clients/client-entries.ts';
import { webClients } from '../../clients/web-clients.ts';
import type { Terminal } from '../terminal.ts';
import type { Outcome, Way } from './installation.ts';

/** Prints the steps, which only the user can take. */
export function showWebClient(
  id: string,
  entries: readonly ClientEntry[],
  way: Way,
  terminal: Terminal | undefined,
): Outcome {
  const { title, steps, key } = webClients[id] as (typeof webClients)[string];
  const fix = way === 'uninstall' ? 'remove the server there' : 'enter these values there';
  const problem = `${title} is set up in a browser, so nothing was changed. Fix: ${fix} yourself`;
  const next =
    way === 'uninstall' ? [] : entries.flatMap((entry) => stepsFor(entry, steps, key, title));
  for (const line of next) terminal?.print(line);
  terminal?.remark(problem);
  const names = entries.map(({ name }) => name);
  return { client: id, file: null, state: 'to paste', entries: names, problem, next };
}

function stepsFor(
  { name, url, needsKey }: ClientEntry,
  steps: readonly string[],
  key: string | undefined,
  title: string,
): string[] {
  const keyStep = key === undefined ? `Not possible: ${title} cannot send the key` : `Key: ${key}`;
  return [...steps, ...(needsKey ? [keyStep] : [])].map((step) =>
    step.replaceAll('<name>', name).replaceAll('<url>', url),
  );
}
