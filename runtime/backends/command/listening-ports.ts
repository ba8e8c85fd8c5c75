// Finds which processes listen on which ports of this machine. Only Linux shows this without
// another program; elsewhere the answer is unknown.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { groupOf, processIds } from './proc.ts';

/** `st` of a socket that listens (include/net/tcp_states.h). */
const LISTENING = '0A';

/** Sockets that listen: the port by the inode. */
type Sockets = ReadonlyMap<string, number>;

/**
 * Whether the group listens on the port. `other`: a process outside of it does. `unknown`: no one
 * can tell.
 */
export async function listenerOf(
  port: number,
  group: number,
): Promise<'own' | 'other' | 'unknown'> {
  const inodes = [...(await listeningSockets())].flatMap(([inode, its]) =>
    its === port ? [inode] : [],
  );
  const { own, other } = await holders(group, 'all');
  const isOwn = (inode: string): boolean => own.has(inode);
  if (inodes.some((inode) => !isOwn(inode) && other.has(inode))) return 'other';
  return inodes.some(isOwn) ? 'own' : 'unknown';
}

/** The ports that the group listens on, as far as that is known. */
export async function listeningPorts(group: number): Promise<number[]> {
  const [sockets, { own }] = await Promise.all([listeningSockets(), holders(group, 'own')]);
  const ports = [...sockets].flatMap(([inode, port]) => (own.has(inode) ? [port] : []));
  return [...new Set(ports)].sort((one, other) => one - other);
}

async function listeningSockets(): Promise<Sockets> {
  const sockets = new Map<string, number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(file, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state !== LISTENING || inode === undefined) continue;
      sockets.set(inode, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return sockets;
}

/**
 * The inodes of sockets that the processes of the group, and all others, hold.
 * @param whose `own` leaves the others out: a machine may have many files open.
 */
async function holders(
  group: number,
  whose: 'own' | 'all',
): Promise<{ own: Set<string>; other: Set<string> }> {
  const held = { own: new Set<string>(), other: new Set<string>() };
  const ids = await processIds().catch(() => []);
  await Promise.all(
    ids.map(async (id) => {
      const isOwn = (await groupOf(id)) === group;
      if (!isOwn && whose === 'own') return;
      const inodes = isOwn ? held.own : held.other;
      // Those of other users cannot be read, and a process may end in between.
      const files = await readdir(`/proc/${id}/fd`).catch(() => []);
      const links = files.map((file) => readlink(`/proc/${id}/fd/${file}`).catch(() => ''));
      for (const link of await Promise.all(links)) {
        const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
        if (inode !== undefined) inodes.add(inode);
      }
    }),
  );
  return held;
}
