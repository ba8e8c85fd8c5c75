// Ends what a connection carries when it closes. Of pipelined requests Node tells only the response
// whose turn it is, so the socket is watched: once, however many exchanges it carries.

import type { Socket } from 'node:net';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import { ShortLivedSet } from '../exchange/short-lived-set.ts';
import { Outgoing } from '../protocol/outgoing.ts';

/** An answer stays until it has left, an exchange until it is answered. */
type Carried = OpenExchange | Outgoing;

const carried = new WeakMap<Socket, ShortLivedSet<Carried>>();

/** Ends it when the socket closes, until {@link detach}. */
export function attach(one: Carried, socket: Socket): void {
  const all = carried.get(socket) ?? watch(socket);
  all.add(one);
  if (socket.destroyed) cut(one);
}

export function detach(one: Carried, socket: Socket): void {
  carried.get(socket)?.delete(one);
}

function cut(one: Carried): void {
  if (one instanceof Outgoing) one.cut();
  else one.end('disconnected');
}

function watch(socket: Socket): ShortLivedSet<Carried> {
  const all = new ShortLivedSet<Carried>();
  carried.set(socket, all);
  socket.once('close', () => {
    for (const one of all) cut(one);
  });
  return all;
}
