// One request to one member: an exchange of the member's own, so that its deadline, its
// `maxConcurrent` and a shutdown hold as at its own path.

import { isHidden } from '../../../config/hidden-headers.ts';
import type {
  Answer,
  Caller,
  Client,
  Exchange,
  JsonObject,
  JsonRpcNotification,
  Question,
  QuestionOptions,
} from '../../exchange/exchange.ts';
import { ForwardingCaller } from '../../exchange/layers/forwarding-caller.ts';
import { RenamedCaller } from '../../exchange/layers/renamed-call.ts';
import type { Member } from '../../exchange/member.ts';
import { type Conversation, OpenExchange } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';

export interface MemberRequest {
  readonly params: JsonObject | undefined;
  /** The name of a tool or prompt as the member has it, which a header repeats. */
  readonly name?: string;
  /** Default: the `timeoutMs` of the member. */
  readonly limitMs?: number;
}

/**
 * @param exchange what the combination was asked.
 * @throws HostError `overloaded`, ExchangeEnded with `deadline`, and what the member throws.
 */
export function askMember(
  member: Member,
  exchange: Exchange,
  { params, name, limitMs = member.config.timeoutMs }: MemberRequest,
): Promise<Answer> {
  exchange.throwIfEnded();
  if (member.isFull) throw new HostError('overloaded');
  const { request, era } = exchange;
  const caller = new MemberCaller(exchange.caller, member);
  const call = new OpenExchange({
    request: { ...request, ...(params && { params }) },
    era,
    caller: name === undefined ? caller : new RenamedCaller(caller, name),
    conversation: new MemberConversation(exchange),
    timeoutMs: member.config.timeoutMs,
    trace: exchange.trace,
  });
  member.inFlight.add(call);
  exchange.onAbort(() => call.end('cancelled'));
  const { timeoutMs } = member.config;
  // What is in flight is looked at by the time limit of the member only.
  const early = limitMs < timeoutMs ? setTimeout(() => call.end('deadline'), limitMs) : undefined;
  return new Promise((resolve, reject) => {
    call.run(
      () => member.ask(call),
      (answer, error) => {
        clearTimeout(early);
        member.inFlight.delete(call);
        if (answer) resolve(answer);
        else reject(error);
      },
    );
  });
}

/** What a member says before it answers goes to the caller of the combination. */
class MemberConversation implements Conversation {
  readonly #exchange: Exchange;
  #openQuestions = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  clientKey(): string | undefined {
    return this.#exchange.clientKey;
  }

  readClient(): Client {
    return this.#exchange.client;
  }

  onNotification(notification: JsonRpcNotification): Promise<void> | undefined {
    return this.#exchange.notify(notification);
  }

  /** While a person is asked, no time limit runs; who asks limits the wait. */
  async onQuestion(
    question: Question,
    options: QuestionOptions,
    call: OpenExchange,
  ): Promise<Answer> {
    this.#openQuestions += 1;
    call.pauseDeadline();
    const answer = await this.#exchange.ask(question, options);
    this.#openQuestions -= 1;
    if (this.#openQuestions === 0) call.restartDeadline();
    return answer;
  }
}

/** Hidden headers that the combination passes reach the members that ask for them, too. */
class MemberCaller extends ForwardingCaller {
  readonly #passHeaders: readonly string[] | undefined;
  #headers: Caller['headers'] | undefined;

  constructor(caller: Caller, { config }: Member) {
    super(caller);
    this.#passHeaders = config.passHeaders;
  }

  override get headers(): Caller['headers'] {
    this.#headers ??= Object.freeze(
      Object.fromEntries(
        Object.entries(this.inner.headers).filter(([name]) => !isHidden(name, this.#passHeaders)),
      ),
    );
    return this.#headers;
  }
}
