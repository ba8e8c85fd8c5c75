// A factory that fails for every caller is not called for each request: after some failures in a
// row, requests are refused for a while.

import { HostError } from '../../exchange/refusals.ts';
import { Circuit, type OpenCircuit } from '../circuit.ts';
import { openInTime } from '../count-down.ts';
import type { Closing } from './closing.ts';
import type { BuildServer } from './factory.ts';
import type { SdkServer } from './sdk-server.ts';

export class FactoryCircuit {
  /** The builder, with its failures counted. @throws HostError `unavailable` during a pause. */
  readonly build: BuildServer;
  readonly #circuit = new Circuit('factory-failed', () => this.#tell());
  #tell: () => void = () => {};

  /** @param limitMs the longest time that a factory may take for no caller. */
  constructor(build: BuildServer, closing: Closing, limitMs: number) {
    let isTrying = false;
    const buildForNobody = async (): Promise<SdkServer> => {
      if (isTrying) throw new Error('The factory has not returned since it was last tried.');
      isTrying = true;
      try {
        return await build();
      } finally {
        isTrying = false;
      }
    };
    // What a factory throws may be about its caller.
    const isBroken = (): Promise<boolean> =>
      openInTime(
        limitMs,
        buildForNobody,
        () => new Error('The factory did not return in time.'),
      ).then(
        (server) => {
          closing.begin(server);
          return false;
        },
        () => true,
      );
    this.build = async (exchange, era) => {
      this.#refuse();
      try {
        const server = await build(exchange, era);
        this.#circuit.succeeded();
        return server;
      } catch (error) {
        this.#circuit.failed({ isBroken });
        throw error;
      }
    };
  }

  get open(): OpenCircuit | undefined {
    return this.#circuit.open;
  }

  /** @param listener called when it has opened or closed. */
  subscribe(listener: () => void): void {
    this.#tell = listener;
  }

  stop(): void {
    this.#circuit.stop();
  }

  #refuse(): void {
    const { open } = this.#circuit;
    if (!open) return;
    const leftMs = open.retryAt - performance.now();
    throw new HostError('unavailable', {
      retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
    });
  }
}
