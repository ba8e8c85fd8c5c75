// A run whose handler stays awake while its client is asked: it runs once, and the retry must reach
// this process.

import type { Answer, JsonObject } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { type Asked, AskingRun } from './asking-run.ts';
import type { Parking } from './parking.ts';
import { isAcceptable } from './validate-answer.ts';

export class ParkedRun extends AskingRun {
  readonly #parking: Parking;

  constructor(round: OpenExchange, named: JsonObject, parking: Parking) {
    super(round, named);
    this.#parking = parking;
  }

  /** Feeds the answers of a retry; questions without a usable answer are asked again. */
  async resume(round: OpenExchange, responses: JsonObject): Promise<Answer> {
    const answered: Asked[] = [];
    for (const asked of this.open.values()) {
      if (await isAcceptable(asked.question, responses[asked.key])) answered.push(asked);
    }
    const answer = this.attach(round);
    for (const { key, digest } of answered) {
      const asked = this.open.get(key);
      // While the answers were looked at, the handler may have taken the question back, or asked it
      // anew.
      if (asked?.digest !== digest) continue;
      this.open.delete(key);
      asked.resolve({ result: responses[key] });
    }
    this.flushSoon();
    return answer;
  }

  protected override preAnswered(): undefined {
    return undefined;
  }

  protected override useAnswer(): void {}

  protected override beginRound(_asked: readonly Asked[]): { state: string } | { refusal: string } {
    return this.#parking.park(this);
  }

  protected override roundSent(): void {}
}
