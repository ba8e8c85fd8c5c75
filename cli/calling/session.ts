// What all commands that call servers share: their options, the connection to each server, and the
// progress display.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unavailableDetail } from '../host-process.ts';
import { interruptible } from '../interruption.ts';
import { Progress } from '../progress.ts';
import { printable, printableLines, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage.ts';
import type { Endpoint } from './endpoint.ts';
import { type Place, type PlaceOptions, withPlace } from './place.ts';
import { personAtTerminal, Questions } from './questions.ts';
import { type ServerConnection, type Visit, withServer } from './server-connection.ts';
import { signInFor } from './sign-in.ts';

/** For readArguments. */
export const sessionOptions = {
  url: { type: 'string' },
  azd: { type: 'boolean' },
  'token-env': { type: 'string' },
  'key-env': { type: 'string' },
  timeout: { type: 'string' },
  root: { type: 'string', multiple: true },
  output: { type: 'string' },
} as const;

/** The same for people. */
export const sessionHelp = `Which host to use (default: the host that runs here; if there is none, one is started for this command):
  --url URL         the address of a host or of one server; for one server, omit its name
  --azd             the deployment of the azd environment, with its key or a sign-in
  --key-env NAME    the environment variable that holds the key of the Functions app
  --token-env NAME  the environment variable that holds a token, for pipelines

  --timeout S       seconds to wait for an answer (default: 300)
  --root DIR        a folder to name when the server asks for roots (repeatable)
  --output json     print JSON for programs`;

export interface SessionOptions extends PlaceOptions {
  readonly timeout?: string | undefined;
  readonly root?: string[] | undefined;
  readonly output?: string | undefined;
}

export interface Session extends Place {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Connects to a server for the time of `use`. */
  readonly visit: <Result>(
    endpoint: Endpoint,
    use: (connection: ServerConnection) => Promise<Result>,
  ) => Promise<Result>;
}

const DEFAULT_TIMEOUT_S = 300;
const MAX_TIMEOUT_S = 86_400;

/** @throws UsageError for another word than json */
export function wantsJson({ output }: SessionOptions): boolean {
  if (output !== undefined && output !== 'json' && output !== 'text') {
    throw new UsageError(`--output: expected json or text, got ${JSON.stringify(output)}`);
  }
  return output === 'json';
}

/**
 * Finds the servers, hands them over, and ends what was started, also by Ctrl-C.
 * @param wanted name of a server; undefined: all
 * @returns the exit code
 */
export function inSession(
  options: SessionOptions,
  wanted: string | undefined,
  terminal: Terminal,
  use: (session: Session) => Promise<number>,
): Promise<number> {
  const timeoutMs = readTimeout(options.timeout);
  const roots = (options.root ?? []).map(readRoot);
  const progress = new Progress(terminal.remark);
  const remark = (line: string): void => {
    progress.clear();
    terminal.remark(line);
  };
  return interruptible(async ({ signal, interrupt }) => {
    const told = { ...terminal, remark };
    const questions = new Questions(personAtTerminal(interrupt), told);
    const visitor = {
      terminal: told,
      signal,
      onStart: (state: string) => {
        if (state === 'starts') progress.update('host', state);
        else progress.drop('host');
      },
    };
    signal.addEventListener('abort', () => remark('Cancelled.'), { once: true });
    return withPlace(options, wanted, visitor, (place) => {
      const visitOf = (name: string): Visit => ({
        signal,
        timeoutMs,
        roots,
        onProgress: ({ progress: done, total, message }) => {
          const share = total === undefined ? `${done}` : `${done}/${total}`;
          progress.update(name, printable(message === undefined ? share : `${share} ${message}`));
        },
        onLog: (level, data) => {
          const text = typeof data === 'string' ? data : JSON.stringify(data);
          remark(`${name} (${printable(level)}): ${printableLines(text ?? '')}`);
        },
        answer: (question, questionSignal) =>
          questions.answer(name, question, AbortSignal.any([signal, questionSignal])),
      });
      return use({
        ...place,
        signal,
        async visit(endpoint, visitUse) {
          const { name } = endpoint;
          try {
            const ready = await withToken(endpoint, told, signal);
            return await withServer(ready, visitOf(name), visitUse);
          } catch (error) {
            throw signal.aborted ? error : withDetail(error, place, name);
          } finally {
            progress.drop(name);
          }
        },
      });
    });
  }).finally(() => progress.clear());
}

/** What the log of a host that was started knows better than its answer. */
function withDetail(error: unknown, { host }: Place, name: string): unknown {
  const detail = host && unavailableDetail(host, name);
  if (!detail || !(error instanceof Error) || error instanceof UsageError) return error;
  return new Error(`${error.message}: ${printable(detail)}`, { cause: error });
}

async function withToken(
  endpoint: Endpoint,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Endpoint> {
  const { name, url, signIn, headers } = endpoint;
  if (signIn === undefined) return endpoint;
  if (!process.stdin.isTTY) {
    throw new Error(
      `${name}: it requires you to sign in, and there is no terminal. ` +
        'Fix: put a token into an environment variable, and name the variable with --token-env',
    );
  }
  const token = await signInFor({ name, url, signIn, terminal, signal });
  return { ...endpoint, headers: { ...headers, authorization: `Bearer ${token}` } };
}

function readTimeout(text = String(DEFAULT_TIMEOUT_S)): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_S)) {
    throw new UsageError(
      `--timeout: expected seconds, at most ${MAX_TIMEOUT_S}, got ${JSON.stringify(text)}`,
    );
  }
  return Math.ceil(seconds * 1_000);
}

function readRoot(text: string): { uri: string } {
  return { uri: text.startsWith('file://') ? text : pathToFileURL(resolve(text)).href };
}
