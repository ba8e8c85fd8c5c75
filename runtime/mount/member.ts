// A mounted server as a member of combinations: its exchanges, scopes and questions are those of its
// own mount.

import type { Member } from '../exchange/member.ts';
import { whenReady } from '../protocol/incoming.ts';
import { askServer } from '../protocol/modern/ask-server.ts';
import { gateOf } from './authorize.ts';
import type { MountedServer } from './mounted-server.ts';

/** @param prefix what stands before `_` in the names of its tools and prompts. */
export function asMember(server: MountedServer, prefix: string): Member {
  const { config, backend, inFlight, endpoint, authorization } = server;
  return {
    config,
    prefix,
    backend,
    inFlight,
    get isFull() {
      return server.isFull;
    },
    demandScopes: ({ authInfo }) => {
      if (authorization) gateOf(authorization).demand(authInfo);
    },
    ask: (call) =>
      whenReady(call, backend, () =>
        call.era === 'modern' ? askServer(call, endpoint) : backend.answer(call),
      ),
  };
}
