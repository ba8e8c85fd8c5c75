// One run of `mcp-host add`: its steps in their order, and the way back when one of them fails.

import { dirname } from 'node:path';
import { renderDiagnostics } from '../../config/diagnostics.ts';
import { type Environment, readEnvironment } from '../../config/env.ts';
import { serverName } from '../../config/formats.ts';
import { memberOf } from '../../config/json-value.ts';
import { parseConfig } from '../../config/load.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import type { ModuleConfig, ServersConfig } from '../../config/schema.ts';
import { readYaml } from '../../config/yaml.ts';
import { ExplainedError } from '../explained-error.ts';
import type { Converted } from '../import/entry.ts';
import { giveName } from '../import/names.ts';
import { Progress } from '../progress.ts';
import { NewFindings, noPlace, ServersChange } from '../servers-change.ts';
import { addEntries, type Entry, isEmpty, toEntryText, toYaml } from '../servers-file.ts';
import { printable, type Terminal } from '../terminal.ts';
import { type BuiltEntry, buildEntry } from './entry.ts';
import { NpmProject } from './npm-project.ts';
import { commandEntry, findServerModule } from './package-server.ts';
import { Questions } from './questions.ts';
import type { Request } from './request.ts';
import { RestorePoint } from './restore-point.ts';
import { type Started, startAdded } from './start.ts';
import { readTarget, type Target } from './target.ts';

/** Only what was added stays. */
type Outcome = 'added' | 'shown' | 'declined';

type PackageTarget = Extract<Target, { is: 'package' }>;

export class Adding {
  readonly #request: Request;
  readonly #environment: Environment;
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  readonly #file: string;
  readonly #directory: string;
  readonly #npm: NpmProject;
  readonly #progress: Progress;
  readonly #questions: Questions;
  /** The package that npm was asked to install. */
  #installed: string | undefined;

  constructor(request: Request, environment: Environment, terminal: Terminal, signal: AbortSignal) {
    this.#request = request;
    this.#environment = environment;
    this.#terminal = terminal;
    this.#signal = signal;
    this.#file = environment.serversFile;
    this.#directory = dirname(this.#file);
    this.#npm = new NpmProject(this.#directory, signal);
    this.#progress = new Progress(terminal.remark);
    this.#questions = new Questions(request.yes || request.json ? undefined : terminal.ask, signal);
  }

  /** Returns the exit code. */
  async run(): Promise<number> {
    const target = readTarget(this.#request, this.#directory);
    const change = new ServersChange(this.#file);
    // Report existing errors before anything is installed.
    if (!isEmpty(change.before)) parseConfig(change.before, this.#file);
    const point = new RestorePoint([this.#file, lockFileOf(this.#file), ...this.#npm.files]);
    let outcome: Outcome | undefined;
    try {
      const reached = await this.#add(target, change);
      this.#signal.throwIfAborted();
      outcome = reached;
      return outcome === 'declined' ? 1 : 0;
    } finally {
      if (outcome !== 'added') await this.#takeBack(point);
    }
  }

  async #add(target: Target, change: ServersChange): Promise<Outcome> {
    const { json, dryRun, keep } = this.#request;
    const findings = new NewFindings();
    const taken = new Set(Object.keys(memberOf(readYaml(change.before).value, 'servers') ?? {}));
    const name = await this.#chooseName(target, taken);
    const wishes = await this.#questions.complete(this.#request, name, target);
    const start = await this.#startKeys(target, name, wishes, change);
    const { entry, notes } = this.#build(name, start, wishes);
    const text =
      addEntries(change.before, { [name]: entry }) ??
      noPlace('add this below "servers:" yourself', toEntryText(name, entry));
    const config = change.to(text);
    if (!json) change.show(this.#terminal);
    for (const { what, fix } of notes)
      this.#terminal.remark(printable(`${name}: ${what}. Fix: ${fix}`));
    if (dryRun) {
      this.#tell(name, config, entry, undefined);
      return 'shown';
    }
    if (!(await this.#questions.confirm('Write this change?'))) {
      this.#terminal.remark('Nothing was changed.');
      return 'declined';
    }
    change.write();
    const warnings = findings.look();
    const started = await startAdded(name, config, readEnvironment(), {
      ...{ keep, progress: this.#progress, questions: this.#questions },
      ...{ signal: this.#signal, remark: this.#terminal.remark },
    });
    for (const line of renderDiagnostics(warnings)) {
      if (!/expected a lock in/.test(line)) this.#terminal.remark(`Warning: ${line}`);
    }
    this.#tell(name, config, entry, started);
    return 'added';
  }

  /** @throws ExplainedError for a name that servers.yaml or Azure refuses */
  async #chooseName({ from }: Target, taken: ReadonlySet<string>): Promise<string> {
    const { name } = this.#request;
    const proposed = giveName(from, new Set());
    const isFree = !taken.has(proposed);
    const chosen =
      name ??
      (await this.#questions.text('Name', isFree ? proposed : giveName(from, new Set(taken))));
    const answer = chosen ?? proposed;
    const problem = serverName.explain(answer);
    if (problem !== undefined) {
      throw new ExplainedError(
        `--name: expected ${problem.expected}, got ${JSON.stringify(answer)}`,
        problem.fix,
      );
    }
    if (!taken.has(answer)) return answer;
    throw new ExplainedError(
      `servers.yaml already has an entry "${answer}"`,
      'choose another name: --name NAME',
    );
  }

  /** The keys that say what the server is; a package is installed for that. */
  async #startKeys(
    target: Target,
    name: string,
    wishes: Request,
    change: ServersChange,
  ): Promise<Converted> {
    switch (target.is) {
      case 'module':
        return { module: target.module };
      case 'url':
        return { url: target.url };
      case 'program':
        return { command: target.command, ...(target.args.length > 0 && { args: target.args }) };
      case 'package':
        return this.#packageKeys(target, name, wishes, change);
    }
  }

  async #packageKeys(
    target: PackageTarget,
    name: string,
    wishes: Request,
    { before }: ServersChange,
  ): Promise<Converted> {
    const version = await this.#install(target);
    if (target.file !== undefined) return { module: target.file };
    const mayBeModule = !target.isCommand && target.args.length === 0 && wishes.bin === undefined;
    if (mayBeModule) {
      this.#progress.update(target.name, 'looking for a server in the package');
      const { entry } = this.#build(name, { module: target.name }, wishes);
      const config = parseConfig(
        addEntries(before, { [name]: entry }) ?? toYaml({ [name]: entry }),
        this.#file,
      );
      const module = await this.#findModule(target.name, name, config);
      this.#progress.clear();
      if (module !== undefined) return { module };
    }
    const bin = wishes.bin === undefined ? {} : { bin: wishes.bin };
    return commandEntry({ name: target.name, version, args: target.args, ...bin }, this.#directory);
  }

  #findModule(packageName: string, name: string, config: ServersConfig) {
    const sample = config.servers.find((server) => server.name === name) as ModuleConfig;
    return findServerModule({ name: packageName }, sample, config, this.#environment, this.#signal);
  }

  /** @returns the version that is there now */
  async #install({ name, wanted, version }: PackageTarget): Promise<string> {
    const installed = this.#npm.versionOf(name);
    const isOwn = installed !== undefined && this.#npm.hasDependency(name);
    if (isOwn && (version === undefined || version === installed)) return installed;
    if (isOwn && /^\d/.test(version ?? '')) {
      throw new ExplainedError(
        `you asked for ${name} ${version}, but ${installed} is installed`,
        `omit the version, or change the version for every entry: npm install --save-exact ${wanted}`,
      );
    }
    this.#progress.update(name, 'installing');
    this.#installed = name;
    await this.#npm.install(wanted);
    const now = this.#npm.versionOf(name);
    if (now === undefined)
      throw new ExplainedError(`npm did not install ${name}`, 'run npm install to see why');
    this.#progress.finish(name, `installed ${printable(now)}`);
    return now;
  }

  #build(name: string, start: Converted, wishes: Request): BuiltEntry {
    return buildEntry(name, start, wishes, this.#directory);
  }

  async #takeBack(point: RestorePoint): Promise<void> {
    this.#progress.clear();
    point.restore();
    if (this.#installed === undefined) return;
    const isRepaired = await this.#npm.repair(this.#installed);
    // npm may write its lock file in another form than it had.
    point.restore();
    if (!isRepaired) {
      this.#terminal.remark(
        'node_modules may contain packages that package.json does not list. Fix: npm install',
      );
    }
  }

  #tell(name: string, config: ServersConfig, entry: Entry, started: Started | undefined): void {
    const { print } = this.#terminal;
    const path = config.servers.find((server) => server.name === name)?.path ?? '';
    const isWritten = started !== undefined;
    if (this.#request.json) {
      const tools = started?.tools ?? null;
      print(JSON.stringify({ ok: true, name, path, entry, tools, written: isWritten }, null, 2));
      return;
    }
    if (!isWritten) print('Nothing was changed (--dry-run).');
    else {
      for (const line of started.lines) print(line);
      print(`Added ${name} at ${path}.`);
    }
  }
}
