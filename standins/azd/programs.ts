// The programs and addresses that hooks find: azd, az and npm on the PATH, which hand everything to
// the process of the tests, and Azure Resource Manager on the loopback interface.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Azure } from './azure.ts';
import type { Values } from './environment.ts';

/** A program that a hook started. */
export interface Call {
  readonly program: 'azd' | 'az' | 'npm';
  readonly args: readonly string[];
  /** Content of the file that `--file` names. */
  readonly file: string;
}

export interface Result {
  readonly status: number;
  readonly output: string;
}

export class Programs {
  readonly #azure: Azure;
  readonly #answer: (call: Call) => Promise<Result>;
  readonly #bin = mkdtempSync(join(tmpdir(), 'mcp-azd-bin-'));
  readonly #server = createServer((request, response) => {
    void this.#serve(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });

  constructor(azure: Azure, answer: (call: Call) => Promise<Result>) {
    this.#azure = azure;
    this.#answer = answer;
    for (const program of ['azd', 'az', 'npm']) {
      const file = join(this.#bin, program);
      const relay = resolve(import.meta.dirname, 'relay.mjs');
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${relay}" ${program} "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#bin, { recursive: true });
  }

  /** Runs a line in a shell, without a terminal. */
  async run(line: string, cwd: string, values: Values): Promise<Result> {
    const { HOME = '' } = process.env;
    const { port } = this.#server.address() as AddressInfo;
    const env = {
      ...{ HOME, ...values },
      PATH: [this.#bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      AZD_STAND_IN: `http://127.0.0.1:${port}`,
      AZURE_RESOURCE_MANAGER_ENDPOINT: `http://127.0.0.1:${port}`,
    };
    const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [status] = await once(child, 'close');
    return { status: status ?? 1, output };
  }

  async #serve(request: IncomingMessage): Promise<{ status: number; body: object }> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url = '', headers } = request;
    if (url === '/command') return { status: 200, body: await this.#answer(JSON.parse(text)) };
    const { authorization = '' } = headers;
    return this.#azure.manage({ method, url, authorization, body: text });
  }
}
