// What the picture in the README shows, taken from the real host on a real terminal: the screens of
// two terminals, and the address of the page. Needs Linux and `script` of util-linux.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

export const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');

/** What people see instead of the free port that the host gets here. */
export const SHOWN_URL = 'http://127.0.0.1:3000';
export const PAGE = '/time/mcp';
const COLUMNS = 80;

const CALL = 'call time get-current-time timeZone=Asia/Tokyo';
/** A line of the log names the method of a request. */
const LOG = /initialize|server\/discover|tools\//;
const LOG_OF_THE_CALL = /tools\/call.*get-current-time.*/;

/** What a terminal shows: each line with its colors, as the program printed it. */
export interface Screen {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Starts the host, calls a tool, and hands over what both terminals show, while the host runs. */
export async function firstScreen<Result>(
  use: (screens: readonly Screen[], url: string) => Promise<Result>,
): Promise<Result> {
  const host = new HostOnTerminal();
  try {
    const [url = '', port = ''] = await host.until(/http:\/\/127\.0\.0\.1:(\d+)/);
    const answer = runOnTerminal(`node cli/mcp-host.js ${CALL}`, port);
    await host.until(LOG_OF_THE_CALL);
    const screens = [
      { title: 'npm start', lines: [prompt('npm start'), ...host.bannerAndCall()] },
      { title: 'another terminal', lines: [prompt(`npx --no mcp-host ${CALL}`), ...answer] },
    ];
    const shown = (line: string): string =>
      // The host names its address in commands only when its port is another one.
      withFixedTimes(line.replaceAll(` --url ${url}`, '').replaceAll(url, SHOWN_URL));
    return await use(
      screens.map(({ title, lines }) => ({ title, lines: lines.map(shown) })),
      url,
    );
  } finally {
    await host.stop();
  }
}

/** The same for people who do not see the picture, and for the test that compares it. */
export function asText(screens: readonly Screen[]): string {
  const texts = screens.map(({ lines }) => stripVTControlCharacters(lines.join('\n')));
  return `${texts.join('\n\n')}\n`;
}

function prompt(command: string): string {
  return `\u001b[2m$\u001b[22m \u001b[1m${command}\u001b[22m`;
}

/** The times of the examples in the documents, so that a new picture differs only where it should. */
function withFixedTimes(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\d([T ])[\d:]{8}(?:\.\d+)?(Z?)/g, (_, blank: string, utc: string) => {
      return `2026-11-24${blank}${utc === '' ? '16:15:14' : '07:15:14Z'}`;
    })
    .replaceAll(/(?<![\d:T+ ])\d\d:\d\d:\d\d(?![\d:])/g, '16:15:14')
    .replaceAll(/\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b/g, 'Tuesday')
    .replaceAll(/"durationMs":[\d.]+/g, '"durationMs":2.1')
    .replaceAll(/\b[\d.]+ ms\b/g, '2.1 ms');
}

/** The process of `npm start`, without `npm` and the build. */
class HostOnTerminal {
  readonly #child = spawn('script', scriptArguments('exec node dist/main.js'), {
    env: environment('0'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  readonly #closed = once(this.#child, 'close');
  #printed = '';

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text.replaceAll('\r\n', '\n');
    });
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#printed);
      if (found !== null) return found;
      if (this.#child.exitCode !== null) throw new Error(`no ${pattern} in:\n${this.#printed}`);
      await Promise.race([once(this.#child.stdout, 'data'), this.#closed]);
    }
  }

  /** A client asks more than to call the tool: the picture has room for the call only. */
  bannerAndCall(): string[] {
    const lines = this.#printed.trimEnd().split('\n');
    const banner = lines.slice(
      0,
      lines.findIndex((line) => LOG.test(line)),
    );
    return [...banner, ...lines.filter((line) => LOG_OF_THE_CALL.test(line))];
  }

  async stop(): Promise<void> {
    const CTRL_C = '\u0003';
    if (this.#child.exitCode === null) this.#child.stdin.write(CTRL_C);
    await this.#closed;
  }
}

function runOnTerminal(command: string, port: string): string[] {
  const options = { env: environment(port), encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync('script', scriptArguments(command), options);
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}`);
  return stdout.trimEnd().split(/\r?\n/);
}

/** `script` gives its child a terminal, whose size is that of the picture. */
function scriptArguments(command: string): string[] {
  return ['-qfec', `stty cols ${COLUMNS} rows 40; ${command}`, '/dev/null'];
}

/** What a person's shell has, not what a test or a pipeline sets. */
function environment(port: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, PORT: port, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
}
