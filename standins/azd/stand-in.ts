// azd as of 1.25: what it asks, in which order it runs hooks and steps, and what hooks see. After
// https://github.com/Azure/azure-dev (cli/azd: cmd/up.go, internal/cmd/up_graph.go,
// pkg/ext/hooks_runner.go, pkg/infra/provisioning/bicep/bicep_provider.go,
// pkg/project/framework_service_node.go).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { type Azure, token } from './azure.ts';
import { AzdEnvironment, type Values } from './environment.ts';
import { type Call, Programs, type Result } from './programs.ts';
import { type CompiledTemplate, resolveParameters } from './template.ts';

/** What a person answers, by the question; without it, azd runs with --no-prompt. */
export type Answers = Values;

/** The project that azd works on. */
export interface Project {
  readonly folder: string;
  /** Whether its packages are as new as its lock file. */
  readonly isInstalled: boolean;
  /** Does what `npm ci` and `npm install` do. */
  install(): void;
  /** Does what `npm run build` does. */
  build(): Promise<Result>;
}

export interface AzdOptions {
  readonly project: Project;
  readonly template: CompiledTemplate;
  readonly azure: Azure;
  readonly answers?: Answers;
  /** Variables of the shell, or of a pipeline. */
  readonly variables?: Values;
}

export interface Run {
  readonly status: number;
  /** All that was printed. */
  readonly output: string;
  readonly asked: readonly string[];
  /** Begins and ends in their order: `+ preprovision`, `- preprovision`. */
  readonly steps: readonly string[];
}

interface AzureYaml {
  readonly services: { readonly mcp: { readonly dist?: string } };
  readonly hooks: Readonly<Record<string, { readonly posix: { readonly run: string } }>>;
  readonly workflows?: { readonly up?: { readonly steps: readonly { readonly azd: string }[] } };
}

/** Ends azd with exit code 1, as what it prints says. */
class Refusal extends Error {}

export class Azd {
  readonly #options: AzdOptions;
  readonly #environment: AzdEnvironment;
  readonly #programs: Programs;
  #isPackaged = false;
  #output = '';
  #asked: string[] = [];
  #steps: string[] = [];
  /** Resolves when the hook that runs now starts npm, or ends. */
  #hookIsAtNpm: PromiseWithResolve | undefined;

  constructor(options: AzdOptions) {
    this.#options = options;
    this.#environment = new AzdEnvironment(options.project.folder, options.variables ?? {});
    this.#programs = new Programs(options.azure, (call) => this.#answer(call));
  }

  async start(): Promise<this> {
    await this.#programs.start();
    return this;
  }

  stop(): void {
    this.#programs.stop();
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

  /** `azd env set` */
  set(name: string, value: string): void {
    this.#environment.write({ [name]: value });
  }

  /** `azd env get-values` */
  get values(): Values {
    return this.#environment.values;
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

  /**
   * Before any hook of `azd up`: cmd/up.go initializes the provider, which ensures its parameters.
   */
  #prepare(): void {
    this.#environment.select(() => this.#ask('environment name'));
    if (!this.#environment.lookup('AZURE_SUBSCRIPTION_ID')) {
      this.#environment.write({ AZURE_SUBSCRIPTION_ID: this.#ask('subscription') });
    }
    this.#parameters();
  }

  #parameters() {
    const { project, template } = this.#options;
    const resolved = () =>
      resolveParameters(template, project.folder, (name) => this.#environment.lookup(name));
    for (const name of resolved().missing) {
      const value = this.#ask(name);
      if (name === 'location') this.#environment.write({ AZURE_LOCATION: value });
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
    const { azure, project } = this.#options;
    this.#environment.select(() => this.#ask('environment name'));
    await this.#hook('preprovision');
    await this.#during('deployment', async () => {
      const { servers } = parse(readFileSync(join(project.folder, 'servers.yaml'), 'utf8'));
      const list = Object.entries(servers as Record<string, { path?: string; auth?: string }>).map(
        ([name, { path = `/${name}/mcp`, auth = 'function' }]) => ({ name, path, auth }),
      );
      try {
        this.#environment.write(azure.deploy(this.#parameters(), list));
      } catch (error) {
        throw new Refusal(String(error));
      }
    });
    await this.#hook('postprovision');
  }

  /**
   * Installs when the lock file is newer, and runs the script `build`; the results of `dist` are
   * the package.
   */
  async #package(): Promise<void> {
    await this.#during('package', async () => {
      const { project } = this.#options;
      if (!project.isInstalled) await this.#npm(['install']);
      await this.#npm(['run', 'build', '--if-present']);
      const source = join(project.folder, this.#azureYaml().services.mcp.dist ?? '.');
      if (!existsSync(source) || readdirSync(source).length === 0) {
        throw new Refusal(`package source '${source}' is empty or does not exist`);
      }
      this.#isPackaged = true;
    });
  }

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

  async #spawn(line: string): Promise<number> {
    const { folder } = this.#options.project;
    const result = await this.#programs.run(line, folder, this.#environment.forHooks);
    this.#output += result.output;
    return result.status;
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
  async #npm(args: readonly string[]): Promise<Result> {
    const { project } = this.#options;
    let result: Result = { status: 0, output: '' };
    await this.#during(`npm ${args[0] === 'run' ? 'run build' : args[0]}`, async () => {
      if (args[0] === 'run') {
        result = await project.build();
        return;
      }
      // A real installation takes a minute: as long as a hook needs until it begins one.
      if (args[0] === 'install') await this.#hookIsAtNpm?.promise;
      project.install();
    });
    if (result.status !== 0) throw new Refusal(`npm ${args.join(' ')}: ${result.output}`);
    return result;
  }

  async #answer({ program, args, file }: Call): Promise<Result> {
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
        this.#environment.write(file === '' ? { [args[2] ?? '']: args[3] ?? '' } : parseEnv(file));
        return done;
      case 'env get-value': {
        const value = this.values[args[2] ?? ''];
        return value === undefined ? { status: 1, output: '' } : { ...done, output: `${value}\n` };
      }
      default:
        return { status: 1, output: `No such command is known: azd ${args.join(' ')}\n` };
    }
  }

  #azureYaml(): AzureYaml {
    return parse(readFileSync(join(this.#options.project.folder, 'azure.yaml'), 'utf8'));
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
