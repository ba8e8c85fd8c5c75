// Servers that ask, mounted in every way, and clients that answer by hand in either era.

import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { type ModernOptions, postModern } from '../eras/modern.ts';
import { type OpenStream, openStream } from '../eras/stream.ts';

/** Every way in which the SDK v1 fixture is mounted. */
export const MODES = ['shared', 'per-request', 'shared-replay', 'per-request-replay'] as const;
export type Mode = (typeof MODES)[number];
export const PARKED: readonly Mode[] = ['shared', 'per-request'];
export const REPLAYED: readonly Mode[] = ['shared-replay', 'per-request-replay'];

/** What a client declares that can be asked everything. */
export const EVERYTHING = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** @param settings keys of servers.yaml that all mounts have. */
export const askingHost = (
  settings = '',
  environment: Parameters<typeof startHost>[0]['environment'] = {},
): Promise<TestHost> =>
  startHost({
    listen: true,
    environment,
    yaml: `
defaults: { auth: ${environment?.behindFunctionsHost ? 'function' : 'anonymous'}, ${settings} }
servers:
  shared: { module: ./questions-v1.mjs, instance: shared }
  per-request: { module: ./questions-v1.mjs, export: createPlainServer }
  shared-replay: { module: ./questions-v1.mjs, instance: shared, replay: true }
  per-request-replay: { module: ./questions-v1.mjs, export: createPlainServer, replay: true }
`,
  });

export interface Question {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A request that may be answered with questions, and what came of it. */
export interface Round {
  readonly answer: PostAnswer;
  readonly questions: Readonly<Record<string, Question>>;
  readonly state: string;
}

/** A request of 2026-07-28 that asks: its URL, method and params. */
export type Asking = readonly [url: string, method: string, params: object];

export const callOf = (url: string, name: string, args: object = {}): Asking => [
  url,
  'tools/call',
  { name, arguments: args },
];

export async function begin(asking: Asking, options: ModernOptions = {}): Promise<Round> {
  const [url, method, params] = asking;
  const answer = await postModern(url, method, params, { capabilities: EVERYTHING, ...options });
  const { inputRequests = {}, requestState } = (answer.result ?? {}) as {
    inputRequests?: Round['questions'];
    requestState?: string;
  };
  return { answer, questions: inputRequests, state: requestState as string };
}

/** Answers each question of a round with what `answerTo` makes of it; undefined leaves it out. */
export function answered(
  { questions, state }: Round,
  answerTo: (question: Question, key: string) => object | undefined,
): { requestState: string; inputResponses: object } {
  const responses = Object.entries(questions).map(([key, question]) => [
    key,
    answerTo(question, key),
  ]);
  return { requestState: state, inputResponses: Object.fromEntries(responses) };
}

/** The same request again, with `retry` added to its params. */
export const again = ([url, method, params]: Asking, retry: object, options: ModernOptions = {}) =>
  begin([url, method, { ...params, ...retry }], options);

export const accept = (content: object) => ({ action: 'accept', content });
export const ADA = accept({ name: 'Ada' });

/** The handshake of the 2025 era. @returns the headers of what follows. */
export async function shakeHands(
  url: string,
  capabilities: object = EVERYTHING,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'c', version: '1' },
  };
  const answer = await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, headers);
  const session = answer.headers['mcp-session-id'];
  return { ...headers, ...(session !== undefined && { 'mcp-session-id': String(session) }) };
}

/** Calls a tool of the 2025 era on a connection of its own. */
export function callLegacy(
  url: string,
  name: string,
  args: object = {},
  headers: Record<string, string> = {},
): Promise<OpenStream> {
  const params = { name, arguments: args };
  return openStream(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
}

/** Posts the answer to a question of the 2025 era. */
export const reply = (
  url: string,
  id: unknown,
  result: object,
  headers: Record<string, string> = {},
): Promise<PostAnswer> => post(url, { jsonrpc: '2.0', id, result }, headers);

/**
 * From now to the end of the test, time stands still. Requests before it have begun the time limit
 * of their server.
 * @returns moves it on, and waits until everything that the timers set off has happened.
 */
export function stopTime(): (ms: number) => Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return async (ms) => {
    await vi.advanceTimersByTimeAsync(ms);
    await turn();
  };
}

/** @returns the list of rejections that nobody handles, from now to the end of the test. */
export function watchRejections(): unknown[] {
  const rejections: unknown[] = [];
  const listener = (error: unknown): void => void rejections.push(error);
  process.on('unhandledRejection', listener);
  onTestFinished(() => void process.off('unhandledRejection', listener));
  return rejections;
}
