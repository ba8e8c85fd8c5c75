// A fresh clone: the files that Git has or would take, and nothing that was installed or compiled.
// All clones share the packages of this folder, and the first build.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../standins/azd/programs.ts';
import type { Project } from '../../standins/azd/stand-in.ts';
import { linkPackages } from '../docs/project-copy.ts';

const marker = 'node_modules/.package-lock.json';

export class Clone implements Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-clone-')));
  readonly #build: SharedBuild;

  constructor(build: SharedBuild) {
    this.#build = build;
    const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
      encoding: 'utf8',
    });
    const files = stdout.split('\n').filter((file) => file !== '' && existsSync(file));
    for (const file of files) cpSync(file, join(this.folder, file));
  }

  /** As azd decides whether to install (cli/azd/pkg/tools/node/detect.go), and as the hook does. */
  get isInstalled(): boolean {
    const changedMs = (name: string) =>
      statSync(join(this.folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return changedMs(marker) >= changedMs('package-lock.json');
  }

  /** What `npm ci` and `npm install` leave behind. */
  install(): void {
    const target = join(this.folder, 'node_modules');
    if (!existsSync(target)) linkPackages('node_modules', target);
    writeFileSync(join(this.folder, marker), readFileSync(marker));
  }

  build(): Promise<Result> {
    return this.#build.run(this.folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `npm run build`, once; later clones of the same sources get its results. */
export class SharedBuild {
  #from: { readonly folder: string; readonly names: readonly string[] } | undefined;

  async run(folder: string): Promise<Result> {
    if (this.#from === undefined) {
      const before = new Set(readdirSync(folder));
      const child = spawn('npm', ['run', '--silent', 'build'], { cwd: folder });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
      }
      const [code] = await once(child, 'close');
      const names = readdirSync(folder).filter((name) => !before.has(name));
      if (code === 0) this.#from = { folder, names };
      return { status: code ?? 1, output };
    }
    for (const name of this.#from.names) {
      const target = join(folder, name);
      if (!existsSync(target)) await cp(join(this.#from.folder, name), target, { recursive: true });
    }
    return { status: 0, output: '' };
  }
}
