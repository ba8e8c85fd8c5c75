// A client by the name that `--client` takes, or what was probably meant.

import type { Client } from '../clients/client.ts';
import { clients } from '../clients/clients.ts';
import { nearestWord } from '../config/spelling.ts';
import { UsageError } from './usage.ts';

/** @throws UsageError for an unknown client */
export function findClient(name: string): Client {
  if (Object.hasOwn(clients, name)) return clients[name as keyof typeof clients];
  throw unknownClient(name, Object.keys(clients));
}

/** @param known the names that the command takes */
export function unknownClient(name: string, known: readonly string[]): UsageError {
  const alike = known.filter((id) => name !== '' && (id.includes(name) || name.includes(id)));
  const nearest = nearestWord(name, known);
  const meant = alike.length > 0 ? alike : [nearest].filter((id) => id !== undefined);
  const quoted = meant.map((id) => `"${id}"`).join(' or ');
  const hint = meant.length === 0 ? `. Known: ${known.join(', ')}` : `, did you mean ${quoted}?`;
  return new UsageError(`--client: unknown client ${JSON.stringify(name)}${hint}`);
}
