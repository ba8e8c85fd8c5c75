// Callers that App Service tells apart, and what a host says of what it holds.

import { post } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';

/** A host with this environment believes {@link as}. */
export const VERIFIED = { behindFunctionsHost: true, easyAuthEnabled: true } as const;

/** Headers of a caller that App Service has verified. */
export const as = (caller: string): Record<string, string> => ({
  'x-ms-client-principal-id': caller,
});

export interface Held {
  readonly waiting: number;
  readonly heldBytes: number;
}

/** What `/readyz` tells of the whole host, and of each server. */
export async function held({ app }: TestHost): Promise<Held & { servers: (Held & object)[] }> {
  const answer = await app.inject({ url: '/readyz', headers: { host: 'localhost' } });
  return answer.json();
}

/** Calls `echo` of a kernel fixture. */
export const echo = (url: string, headers: Record<string, string> = {}) => {
  const params = { name: 'echo', arguments: { text: 'x' } };
  return post(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
};
