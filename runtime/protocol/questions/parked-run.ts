// A run whose handler stays awake while its client is asked: it runs once, and the retry must reach
// this process.

import { type ByteShare, Holding, heldByValue } from '../../exchange/byte-budget.ts';
import type { Answer, JsonObject } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { type Asked, AskingRun } from './asking-run.ts';
import type { Parking } from './parking.ts';
import { isAcceptable } from './validate-answer.ts';

export class ParkedRun extends AskingRun {
  readonly #parking: Parking;
  /** Its arguments, from when it is first parked: until then they are counted as a body. */
  readonly #holding: Holding;

  constructor(round: OpenExchange, named: JsonObject, parking: Parking, share: ByteShare) {
    super(round, named);
    this.#parking = parking;
    this.#holding = new Holding(share);
  }

  get heldBytes(): number {
    return this.#holding.bytes;
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
    // Without asking for room: the request that brought them is still counted, and ends now.
    if (this.#holding.bytes === 0) this.#holding.keep(heldByValue(this.request.params));
    return this.#parking.park(this);
  }

  protected override ended(): void {
    this.#holding.release();
  }

  protected override roundSent(): void {}
}
