// Ends what a connection carries when it closes. Of pipelined requests Node tells only the response
// whose turn it is, so the socket is watched: once, however many exchanges it carries.

import type { Socket } from 'node:net';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import { ShortLivedSet } from '../exchange/short-lived-set.ts';

const carried = new WeakMap<Socket, ShortLivedSet<OpenExchange>>();

/** Ends the exchange with `disconnected` when the socket closes, until {@link detach}. */
export function attach(exchange: OpenExchange, socket: Socket): void {
  const exchanges = carried.get(socket) ?? watch(socket);
  exchanges.add(exchange);
  if (socket.destroyed) exchange.end('disconnected');
}

export function detach(exchange: OpenExchange, socket: Socket): void {
  carried.get(socket)?.delete(exchange);
}

function watch(socket: Socket): ShortLivedSet<OpenExchange> {
  const exchanges = new ShortLivedSet<OpenExchange>();
  carried.set(socket, exchanges);
  socket.once('close', () => {
    for (const exchange of exchanges) exchange.end('disconnected');
  });
  return exchanges;
}
