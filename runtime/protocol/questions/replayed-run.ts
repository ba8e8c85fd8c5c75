// A run that ends with its questions and starts again with the answers: any instance can take the
// retry, but what the handler did before it asked happens again.

import type { JsonObject } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import type { Sealer } from '../seal.ts';
import { type Asked, AskingRun } from './asking-run.ts';
import type { OutgoingQuestion } from './question.ts';
import { replayPurpose } from './state.ts';
import type { UsedStates } from './used-states.ts';
import { isAcceptable } from './validate-answer.ts';

/** A question that changes with every run (a time, a random value) would be asked indefinitely. */
const MAX_ROUNDS = 10;

type Answers = Readonly<Record<string, readonly unknown[]>>;

/** Sealed into `requestState`. */
interface ReplayState {
  readonly round: number;
  /** Answers so far, by the digest of their question; several when it was asked repeatedly. */
  readonly answers: Answers;
  /** The questions of this round by their key, so that an answer counts for its question only. */
  readonly open: Readonly<Record<string, Pick<Asked, 'digest' | 'question'>>>;
  /** Milliseconds since 1970 after which the state is refused. */
  readonly expiresAt: number;
}

export interface ReplayOptions {
  readonly server: string;
  readonly sealer: Sealer;
  /** How long a client may take for one round, milliseconds. */
  readonly inputTimeoutMs: number;
  readonly usedStates: UsedStates;
}

export class ReplayedRun extends AskingRun {
  readonly #options: ReplayOptions;
  readonly #roundNumber: number;
  readonly #answers: Record<string, readonly unknown[]>;
  /** How many of the answers to a question the handler has got in this run. */
  readonly #used = new Map<string, number>();

  constructor(
    round: OpenExchange,
    named: JsonObject,
    options: ReplayOptions,
    earlier?: Pick<ReplayState, 'round' | 'answers'>,
  ) {
    super(round, named);
    this.#options = options;
    this.#roundNumber = earlier?.round ?? 0;
    this.#answers = { ...earlier?.answers };
  }

  protected override preAnswered({ digest }: OutgoingQuestion): unknown {
    return this.#answers[digest]?.[this.#used.get(digest) ?? 0];
  }

  protected override useAnswer({ digest }: OutgoingQuestion, answer: unknown): void {
    const count = this.#used.get(digest) ?? 0;
    this.#used.set(digest, count + 1);
    // One that came in advance is not among them yet.
    this.#answers[digest] = (this.#answers[digest] ?? []).toSpliced(count, 1, answer);
  }

  protected override beginRound(asked: readonly Asked[]): { state: string } | { refusal: string } {
    if (this.#roundNumber >= MAX_ROUNDS) {
      return { refusal: `The server asked its client in more than ${MAX_ROUNDS} rounds.` };
    }
    const { server, sealer, inputTimeoutMs } = this.#options;
    const open = asked.map(({ key, digest, question }) => [key, { digest, question }]);
    const state: ReplayState = {
      round: this.#roundNumber + 1,
      answers: this.#answers,
      open: Object.fromEntries(open),
      expiresAt: Date.now() + inputTimeoutMs,
    };
    return { state: sealer.seal(replayPurpose(server, this), state) };
  }

  protected override roundSent(): void {
    this.cancel('The handler runs again after the client has answered.');
  }
}

/**
 * @returns what earlier rounds and this retry answered, or undefined for a state that cannot be
 * used, or was.
 */
export async function openReplay(
  round: OpenExchange,
  requestState: unknown,
  responses: JsonObject,
  { server, sealer, usedStates }: ReplayOptions,
): Promise<Pick<ReplayState, 'round' | 'answers'> | undefined> {
  const state = sealer.open(replayPurpose(server, round), requestState) as ReplayState | undefined;
  if (!state || state.expiresAt < Date.now()) return undefined;
  // Before the answers are looked at, which takes time: of two that come together, one is used.
  if (!usedStates.use(requestState as string)) return undefined;
  const answers: Record<string, readonly unknown[]> = { ...state.answers };
  for (const [key, { digest, question }] of Object.entries(state.open)) {
    const response = responses[key];
    if (await isAcceptable(question, response))
      answers[digest] = [...(answers[digest] ?? []), response];
  }
  return { round: state.round, answers };
}
