// What a person does after entries were written, so that the client can call the servers.

import { keyRemark } from '../client-output.ts';
import type { WantedEntries } from '../wanted-entries.ts';

const STARTS: Readonly<Record<string, string>> = { local: 'npm start', func: 'func start' };

export function nextSteps(wanted: WantedEntries): string[] {
  const { client, entries, bases } = wanted;
  const starts = [...new Set(bases.map(({ target }) => STARTS[target]))].filter(
    (command) => command !== undefined,
  );
  const key = keyRemark(wanted);
  return [
    ...starts.map((command) => `If the host is not running, start it: ${command}`),
    ...(key === undefined ? [] : [key]),
    `If ${client.title} is running, restart it: it reads its file when it starts.`,
    ...entries.filter(({ needsToken }) => needsToken).map(({ name }) => signIn(name, wanted)),
  ];
}

function signIn(name: string, { client }: WantedEntries): string {
  const way = client.signInBy?.replace('<name>', name);
  return way === undefined
    ? `${name} requires you to sign in: ${client.title} asks you when it connects.`
    : `Sign in to ${name}: ${way}`;
}
