// azd as of 1.25: what it asks, in which order it runs hooks and steps, and what hooks see. After
// https://github.com/Azure/azure-dev (cli/azd: cmd/up.go, internal/cmd/up_graph.go, pkg/ext/hooks_runner.go,
// pkg/infra/provisioning/bicep/bicep_provider.go, pkg/project/framework_service_node.go).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { type Azure, token } from './azure.ts';
import type { Clone, SharedBuild } from './clone.ts';
import { type CompiledTemplate, resolveParameters } from './template.ts';

/** What a person answers, by the question; without it, azd runs with --no-prompt. */
export type Answers = Readonly<Record<string, string>>;

export interface AzdOptions {
  readonly clone: Clone;
  readonly build: SharedBuild;
  readonly template: CompiledTemplate;
  readonly azure: Azure;
  readonly answers?: Answers;
  /** Variables of the shell, or of a pipeline. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Run {
  readonly status: number;
  /** All that was printed. */
  readonly output: string;
  readonly asked: readonly string[];
  /** Begins and ends in their order: `+ preprovision`, `- preprovision`. */
  readonly steps: readonly string[];
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: string;
  readonly file: string;
}

interface Service {
  readonly dist?: string;
}

interface AzureYaml {
  readonly services: { readonly mcp: Service };
  readonly hooks: Readonly<Record<string, { readonly posix: { readonly run: string } }>>;
  readonly workflows?: { readonly up?: { readonly steps: readonly { readonly azd: string }[] } };
}

/** Ends azd with exit code 1, as what it prints says. */
class Refusal extends Error {}

export class Azd {
  readonly #options: AzdOptions;
  readonly #bin = mkdtempSync(join(tmpdir(), 'mcp-azd-bin-'));
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  #environment: string | undefined;
  #output = '';
  #asked: string[] = [];
  #steps: string[] = [];
  /** Resolves when the hook that runs now starts npm, or ends. */
  #hookIsAtNpm: PromiseWithResolve | undefined;

  constructor(options: AzdOptions) {
    this.#options = options;
    this.#environment = options.variables?.AZURE_ENV_NAME;
    for (const program of ['azd', 'az', 'npm']) {
      const file = join(this.#bin, program);
      const relay = resolve(import.meta.dirname, 'relay.mjs');
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${relay}" ${program} "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#bin, { recursive: true });
  }

  up(): Promise<Run> {
    return this.#run(async () => {
      this.#prepare();
      const steps = this.#azureYaml().workflows?.up?.steps;
      if (steps) for (const { azd } of steps) await this.#step(azd);
      else await this.#unordered();
    });
  }

  /** One command of a pipeline, such as `provision` or `deploy`. */
  command(command: string): Promise<Run> {
    return this.#run(() => this.#step(command));
  }

  /** `azd env set`, or what `azd env get-values` has. */
  set(name: string, value: string): void {
    this.#write({ [name]: value });
  }

  get values(): Readonly<Record<string, string>> {
    return this.#read();
  }

  /** A command line that somebody was told to run. */
  shell(line: string): Promise<number> {
    return this.#spawn(line);
  }

  async #run(body: () => Promise<void>): Promise<Run> {
    this.#output = '';
    this.#asked = [];
    this.#steps = [];
    let status = 0;
    try {
      await body();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#output += `ERROR: ${error.message}\n`;
      status = 1;
    }
    return { status, output: this.#output, asked: this.#asked, steps: this.#steps };
  }

  /** Before any hook of `azd up`: cmd/up.go initializes the provider, which ensures its parameters. */
  #prepare(): void {
    this.#environment ??= this.#ask('environment name');
    this.#write({ AZURE_ENV_NAME: this.#environment });
    if (!this.#lookup('AZURE_SUBSCRIPTION_ID')) {
      this.#write({ AZURE_SUBSCRIPTION_ID: this.#ask('subscription') });
    }
    this.#parameters();
  }

  #parameters() {
    const { clone, template } = this.#options;
    const resolved = () => resolveParameters(template, clone.folder, (name) => this.#lookup(name));
    for (const name of resolved().missing) {
      const value = this.#ask(name);
      if (name === 'location') this.#write({ AZURE_LOCATION: value });
      else throw new Error(`Nobody answers for the parameter ${name}`);
    }
    return resolved().values;
  }

  #ask(question: string): string {
    const answer = this.#options.answers?.[question];
    if (this.#options.answers === undefined)
      throw new Refusal(`missing required inputs: ${question}`);
    this.#asked.push(question);
    if (answer === undefined) throw new Refusal(`nobody answers: ${question}`);
    return answer;
  }

  /** Without a workflow: packaging is not held up by anything but its own hooks. */
  async #unordered(): Promise<void> {
    const provision = this.#provision();
    const packaged = this.#package();
    const results = await Promise.allSettled([provision, packaged]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await this.#deploy();
  }

  async #step(command: string): Promise<void> {
    switch (command.split(' ')[0]) {
      case 'provision':
        return this.#provision();
      case 'package':
        return this.#package();
      case 'deploy':
        return this.#deploy();
      default:
        throw new Error(`No such command is known: azd ${command}`);
    }
  }

  async #provision(): Promise<void> {
    const { azure, clone } = this.#options;
    this.#environment ??= this.#ask('environment name');
    this.#write({ AZURE_ENV_NAME: this.#environment });
    await this.#hook('preprovision');
    await this.#during('deployment', async () => {
      const { servers } = parse(readFileSync(join(clone.folder, 'servers.yaml'), 'utf8'));
      const list = Object.entries(servers as Record<string, { path?: string; auth?: string }>).map(
        ([name, { path = `/${name}/mcp`, auth = 'function' }]) => ({ name, path, auth }),
      );
      try {
        this.#write(azure.deploy(this.#parameters(), list));
      } catch (error) {
        throw new Refusal(String(error));
      }
    });
    await this.#hook('postprovision');
  }

  /** Installs when the lock file is newer, and runs the script `build`; the results of `dist` are the package. */
  async #package(): Promise<void> {
    await this.#during('package', async () => {
      const { clone } = this.#options;
      if (!clone.isInstalled) await this.#npm(['install']);
      await this.#npm(['run', 'build', '--if-present']);
      const source = join(clone.folder, this.#azureYaml().services.mcp.dist ?? '.');
      if (!existsSync(source) || readdirSync(source).length === 0) {
        throw new Refusal(`package source '${source}' is empty or does not exist`);
      }
      this.#isPackaged = true;
    });
  }

  #isPackaged = false;

  async #deploy(): Promise<void> {
    if (!this.#isPackaged) await this.#package();
    await this.#during('code', async () => {
      this.#options.azure.hasCode = true;
    });
    await this.#hook('postdeploy');
  }

  async #hook(name: string): Promise<void> {
    const line = this.#azureYaml().hooks[name]?.posix.run;
    if (line === undefined) return;
    const npm = promiseWithResolve();
    this.#hookIsAtNpm = npm;
    await this.#during(name, async () => {
      const status = await this.#spawn(line);
      npm.resolve();
      if (status !== 0) throw new Refusal(`'${name}' hook failed with exit code: '${status}'`);
    });
  }

  /** Hooks have the values of the azd environment, over those of the shell. */
  async #spawn(line: string): Promise<number> {
    const { HOME = '' } = process.env;
    const { port } = this.#server.address() as AddressInfo;
    const path = [this.#bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
    const env = {
      ...{ HOME, ...this.#options.variables, ...this.#read(), PATH: path },
      AZD_STAND_IN: `http://127.0.0.1:${port}`,
      AZURE_RESOURCE_MANAGER_ENDPOINT: `http://127.0.0.1:${port}`,
    };
    const cwd = this.#options.clone.folder;
    const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    const [status] = await once(child, 'close');
    return status ?? 1;
  }

  async #during(name: string, body: () => Promise<void>): Promise<void> {
    this.#steps.push(`+ ${name}`);
    try {
      await body();
    } finally {
      this.#steps.push(`- ${name}`);
    }
  }

  /** npm of azd itself, and of hooks. */
  async #npm(args: readonly string[]): Promise<{ status: number; output: string }> {
    const { clone, build } = this.#options;
    let result = { status: 0, output: '' };
    await this.#during(`npm ${args[0] === 'run' ? 'run build' : args[0]}`, async () => {
      if (args[0] === 'run') {
        result = await build.run(clone.folder);
        return;
      }
      // A real installation takes a minute: as long as a hook needs until it begins one.
      if (args[0] === 'install') await this.#hookIsAtNpm?.promise;
      clone.install();
    });
    if (result.status !== 0) throw new Refusal(`npm ${args.join(' ')}: ${result.output}`);
    return result;
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url = '', headers } = request;
    if (url !== '/command') {
      const { authorization = '' } = headers;
      return this.#options.azure.manage({ method, url, authorization, body: text });
    }
    return { status: 200, body: await this.#command(JSON.parse(text)) };
  }

  async #command({ program, args, file }: Command): Promise<{ status: number; output: string }> {
    const done = { status: 0, output: '' };
    if (program === 'az') return this.#options.azure.az(args);
    if (program === 'npm') {
      this.#hookIsAtNpm?.resolve();
      try {
        return await this.#npm(args.filter((arg) => arg !== '--silent'));
      } catch (error) {
        if (error instanceof Refusal) return { status: 1, output: error.message };
        throw error;
      }
    }
    switch (args.slice(0, 2).join(' ')) {
      case 'auth token':
        return { ...done, output: JSON.stringify({ token }) };
      case 'env set':
        this.#write(file === '' ? { [args[2] ?? '']: args[3] ?? '' } : parseEnv(file));
        return done;
      case 'env get-value': {
        const value = this.#read()[args[2] ?? ''];
        return value === undefined ? { status: 1, output: '' } : { ...done, output: `${value}\n` };
      }
      default:
        return { status: 1, output: `No such command is known: azd ${args.join(' ')}\n` };
    }
  }

  #azureYaml(): AzureYaml {
    return parse(readFileSync(join(this.#options.clone.folder, 'azure.yaml'), 'utf8'));
  }

  /** The azd environment first, then the shell: environment.LookupEnv. */
  #lookup(name: string): string | undefined {
    return this.#read()[name] ?? this.#options.variables?.[name];
  }

  get #file(): string {
    return join(this.#options.clone.folder, '.azure', this.#environment ?? 'none', '.env');
  }

  #read(): Record<string, string> {
    try {
      return parseEnv(readFileSync(this.#file, 'utf8')) as Record<string, string>;
    } catch {
      return {};
    }
  }

  #write(values: Readonly<Record<string, string | undefined>>): void {
    const all = { ...this.#read(), ...values };
    mkdirSync(dirname(this.#file), { recursive: true });
    const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(this.#file, lines.join(''));
  }
}

interface PromiseWithResolve {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Promise.withResolvers needs Node 22. */
function promiseWithResolve(): PromiseWithResolve {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
