// The questions that `add` asks on a terminal. Without a terminal, or with --yes, it asks none.

import { environmentName } from '../../config/formats.ts';
import type { Ask } from '../terminal.ts';
import { type Request, readVariable } from './request.ts';
import type { Target } from './target.ts';

const AUTH = ['function', 'anonymous', 'entra', 'jwt'];

export class Questions {
  readonly #ask: Ask | undefined;
  readonly #signal: AbortSignal;

  constructor(ask: Ask | undefined, signal: AbortSignal) {
    this.#ask = ask;
    this.#signal = signal;
  }

  /** @returns undefined when no one is asked */
  async text(question: string, proposed: string): Promise<string | undefined> {
    if (this.#ask === undefined) return undefined;
    const shown = proposed === '' ? '' : ` [${proposed}]`;
    const answer = await this.#ask(`${question}${shown}: `, { signal: this.#signal });
    return answer === '' ? proposed : answer;
  }

  /** The value of a variable for this run. @returns undefined when there is none */
  async secret(question: string): Promise<string | undefined> {
    const answer = await this.#ask?.(`${question}: `, { isSecret: true, signal: this.#signal });
    return answer === '' ? undefined : answer;
  }

  /** @returns true when no one is asked */
  async confirm(question: string, fallback = true): Promise<boolean> {
    const answer = await this.#ask?.(`${question} ${fallback ? '[Y/n]' : '[y/N]'} `, {
      signal: this.#signal,
    });
    if (answer === undefined || answer === '') return fallback;
    return /^y(es)?$/i.test(answer);
  }

  /** What the options do not say. */
  async complete(request: Request, name: string, { is }: Target): Promise<Request> {
    const keys: Record<string, string> = { ...request.keys };
    const usual = `/${name}/mcp`;
    const path = keys.path ?? (await this.text('Path', usual));
    if (path !== undefined && path !== usual) keys.path = path;
    const auth = keys.auth ?? (await this.#auth());
    if (auth !== undefined && (auth !== 'function' || request.keys.auth)) keys.auth = auth;
    const env = { ...request.env };
    if (is !== 'url' && Object.keys(env).length === 0) Object.assign(env, await this.#env());
    return { ...request, keys, env };
  }

  async #auth(): Promise<string | undefined> {
    for (;;) {
      const answer = await this.text(`Who may call it (${AUTH.join(', ')})`, 'function');
      if (answer === undefined || AUTH.includes(answer)) return answer;
    }
  }

  async #env(): Promise<Record<string, string>> {
    for (;;) {
      const answer = await this.text(
        'Variables that it needs, such as API_KEY, separated by commas (Enter for none)',
        '',
      );
      const names = (answer ?? '').split(/[\s,]+/).filter((name) => name !== '');
      const isGood = names.every(
        (name) => environmentName.explain(name.split('=', 1)[0] ?? '') === undefined,
      );
      if (isGood) return Object.fromEntries(names.map(readVariable));
    }
  }
}
