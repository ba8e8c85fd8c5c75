// Whether an answer is the one that was asked for: decides what a request is counted as.

import type { Outcome } from './tally.ts';
import { Left, type Response, type WireMessage } from './wire.ts';

export interface Expected {
  readonly id: number | string;
  /** The text of the result: the server's name and the caller's own argument. */
  readonly text: string;
  /** What each notification on the way repeats. */
  readonly own: string;
  readonly isError?: boolean;
  /** The caller cancels it: no answer is right. */
  readonly cancelled?: boolean;
  /** A refusal with `Retry-After` is no failure. */
  readonly mayRefuse: boolean;
}

export type Verdict = readonly [outcome: Outcome, why?: string];

export function judgeResponse(response: Response, expected: Expected): Verdict {
  const { status, headers, messages, body } = response;
  if (status === 503 || status === 429) {
    const isTold = expected.mayRefuse && headers['retry-after'] !== undefined;
    return isTold ? ['refused'] : ['failed', describe(response)];
  }
  if (status !== 200) return ['failed', describe(response)];
  const foreign = messages.find((message) => isForeign(message, expected));
  if (foreign) return ['crossed', `${expected.text} got ${JSON.stringify(foreign).slice(0, 300)}`];
  const answer = messages.find((message) => message.id === expected.id);
  if (!answer) {
    if (expected.cancelled) return ['ended'];
    return body === '' || messages.length > 0
      ? ['lost', `${expected.text}: the response ended without an answer`]
      : ['failed', describe(response)];
  }
  if (!answer.result) return ['failed', describe(response)];
  return (answer.result.isError ?? false) === (expected.isError ?? false)
    ? ['answered']
    : ['failed', describe(response)];
}

/** @param error of a request that has no response */
export function judgeError(error: unknown): Verdict {
  if (error instanceof Left) return ['ended'];
  const { code, message } = error as NodeJS.ErrnoException;
  // Nobody listened: the request was not taken, so it was not lost either.
  if (code === 'ECONNREFUSED') return ['failed', code];
  return ['lost', `${code ?? ''} ${message}`.trim()];
}

/** Another id, another server, another caller's argument. */
function isForeign(message: WireMessage, { id, text, own, isError }: Expected): boolean {
  if (message.method === 'notifications/progress') return message.params?.message !== own;
  if (message.method !== undefined) return false;
  // An error that came before the request was read has no id.
  if (message.error) return message.id !== id && message.id !== null;
  if (message.id !== id) return true;
  // The text of an error that nobody asked for is not the server's: it is a failure.
  if (message.result?.isError === true && !isError) return false;
  const [first] = (message.result?.content ?? []) as { readonly text?: string }[];
  return first?.text !== undefined && !sameText(first.text, text);
}

/** Large answers repeat x behind what is asked for. */
function sameText(got: string, text: string): boolean {
  return got.length === text.length
    ? got === text
    : got.startsWith(text) && got[text.length] === 'x' && got.at(-1) === 'x';
}

function describe({ status, headers, body }: Response): string {
  const retry = headers['retry-after'] === undefined ? '' : ' with Retry-After';
  return `status ${status}${retry} ${body.slice(0, 300)}`;
}
