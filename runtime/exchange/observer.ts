// The interface of observers: they learn when an exchange starts, what happens in it, and how it
// ends. Without an observer, an exchange pays only for one check.

import type {
  Answer,
  Caller,
  Exchange,
  JsonRpcNotification,
  OutgoingRequest,
  Question,
} from './exchange.ts';

export interface Observer {
  /**
   * @param startedAt `performance.now()` when the message arrived. @returns the listener for the
   * rest.
   */
  start(server: string, exchange: Exchange, startedAt: number): Observation;
  /** A client's notification: accepted, without effect. */
  notified(server: string, notification: JsonRpcNotification, caller: Caller): void;
  /** A request that never became an exchange. */
  refused(refusal: Refused): void;
}

/** One exchange under observation. */
export interface Observation {
  /** Runs the work of the exchange, so that telemetry can attribute it to the exchange. */
  run<T>(work: () => T): T;
  note(note: Note): void;
  /** W3C trace context of the span of the exchange. */
  readonly traceparent?: string | undefined;
  /** Called once. */
  end(ending: Ending): void;
}

/** What happens between start and end. */
export type Note =
  | { readonly kind: 'notification'; readonly notification: JsonRpcNotification }
  | {
      readonly kind: 'question';
      readonly question: Question;
      /** `performance.now()` when it was asked. */
      readonly askedAt: number;
      readonly answer: Answer;
    }
  | { readonly kind: 'dependency'; readonly request: OutgoingRequest };

export interface Ending {
  /**
   * `ok`, `tool-error`, `input-required`, `error <code>`, or the word of a refusal or of an early
   * end.
   */
  readonly outcome: string;
  /** Absent when no one was there to be answered. */
  readonly answer?: Answer;
  /** HTTP status of a refusal by the host. */
  readonly status?: number;
  /** Present when the host refused the message, rather than that its server failed. */
  readonly refused?: Refused;
}

export interface Refused {
  /** Absent when the request named no server. */
  readonly server?: string;
  readonly reason: string;
  readonly status: number;
  /** By `host.audit`; absent where nothing tells callers apart. */
  readonly caller?: string;
  readonly invocationId?: string;
}

/** Who called which tool, and how it ended; never arguments or results. */
export interface CallRecord {
  readonly server: string;
  /** The tool, as the client named it. */
  readonly target: string | undefined;
  readonly outcome: string;
  readonly durationMs: number;
  /** By `host.audit`; absent where nothing tells callers apart. */
  readonly caller: string | undefined;
  /** The client's program. */
  readonly client: string | undefined;
  /** `token`: it was verified. `clientInfo`: the client says so. */
  readonly clientFrom: ClientSource | undefined;
  readonly invocationId: string | undefined;
}

export type ClientSource = 'token' | 'clientInfo';

/** The observer of a process, which may still be loading. */
export interface Observing {
  observer?: Observer;
  /** Until then messages wait, so that the first ones are seen too; it is bounded in time. */
  loading?: Promise<void>;
  /** Members of each log line that tell which exchange it belongs to. */
  logMembers?: () => object;
  /** Takes each log line of level warn or above. */
  exportLine?: (line: string) => void;
  /** @returns whether the record was taken; false: it must be kept elsewhere. */
  exportCall?: (record: CallRecord) => boolean;
}

/** Adds an observer to those that are there. */
export function addObserver(observing: Observing, added: Observer): void {
  observing.observer = observing.observer ? both(observing.observer, added) : added;
}

function both(first: Observer, second: Observer): Observer {
  return {
    start(...facts) {
      const outer = first.start(...facts);
      const inner = second.start(...facts);
      return {
        traceparent: outer.traceparent ?? inner.traceparent,
        run: (work) => outer.run(() => inner.run(work)),
        note(note) {
          outer.note(note);
          inner.note(note);
        },
        end(ending) {
          outer.end(ending);
          inner.end(ending);
        },
      };
    },
    notified(...facts) {
      first.notified(...facts);
      second.notified(...facts);
    },
    refused(refusal) {
      first.refused(refusal);
      second.refused(refusal);
    },
  };
}
