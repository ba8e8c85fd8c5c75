// What every refusal has in common, whoever makes it: a constant JSON-RPC error and no trace of the
// request.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';

/** What happened inside the kernel fixtures, by the fixtures' own count. */
export interface Seen {
  readonly builds: number;
  readonly calls: number;
  readonly aborted: number;
}

/**
 * The counters of `kernel-v1.mjs` and `kernel-v2.mjs`, the very objects that the servers count in.
 */
export const seenV1 = (await fixture('kernel-v1.mjs')).seen;
export const seenV2 = (await fixture('kernel-v2.mjs')).seen;

/** The word that tests put into whatever a client may choose; no answer may repeat it. */
export const CANARY = 'cAnArY-5e1f';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** Default: -32603. */
  readonly code?: number;
  /** Default: null. */
  readonly id?: unknown;
  /** Members of `error.data` besides `reason`. */
  readonly data?: object;
}

/** Any answer: of `app.inject`, of `post`, or read from a socket. */
export interface Answer {
  readonly status?: number;
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/**
 * Expects the decided refusal: status, code, reason word, id, JSON, and nothing of the request in
 * it.
 */
export function expectRefusal(answer: Answer, refusal: Refusal): void {
  const { status, reason, code = -32603, id = null, data } = refusal;
  expect({ status: answer.status ?? answer.statusCode, body: answer.body }).toMatchObject({
    status,
  });
  expect(JSON.parse(answer.body)).toEqual({
    jsonrpc: '2.0',
    id,
    error: { code, message: expect.stringMatching(/^[A-Z].+\.$/), data: { reason, ...data } },
  });
  expect(answer.headers['content-type']).toMatch(/^application\/json(; charset=utf-8)?$/);
  expect(answer.headers).not.toHaveProperty('x-powered-by');
  const echoed = JSON.stringify(answer.headers) + answer.body.replace(JSON.stringify(id), '');
  expect(echoed).not.toContain(CANARY);
}

/**
 * Runs `work` and expects that no factory and no handler of the kernel fixtures was reached by it.
 */
export async function expectNotReached<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = JSON.stringify([seenV1, seenV2]);
  const result = await work();
  expect(JSON.stringify([seenV1, seenV2])).toBe(before);
  return result;
}

/** The exports of a server module, the same instance that the host imports. */
export async function fixture(file: string): Promise<{ seen: Seen; createDelta: () => object }> {
  const path = join(import.meta.dirname, '../../../fixtures/servers', file);
  return import(pathToFileURL(path).href);
}
