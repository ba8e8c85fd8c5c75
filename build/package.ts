// `npm run package`: stages in .package/ what is deployed: the bundles, host.json, servers.yaml and
// its lock file, modules that are loaded as they are, and a package.json of the packages that are
// left. With --measure, its size after an install. `npm run build` ends with it (--after-build),
// because azd runs only that script before it sends the folder.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { bundlesSchema } from '../config/bundles.ts';
import { ConfigError, renderDiagnostic } from '../config/diagnostics.ts';
import { readServersFile } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { lockFileOf } from '../config/lock-place.ts';
import { cutPackages, type LockFile } from './lock-file.ts';
import { measurePackage } from './measure.ts';
import { plainModules } from './plain-modules.ts';
import { programFiles } from './programs.ts';

const FOLDER = resolve('.package');
const BUILT = [
  ...['main.js', 'main.js.map', 'thread.js', 'thread.js.map'],
  ...['watchdog.cjs', 'watchdog.cjs.map'],
  ...['chunks', 'bundles', 'bundles.json', 'servers.json'],
].map((name) => `dist/${name}`);
const LEFT_BEHIND = /^(\..*|node_modules|.*\.[cm]?ts)$/;

// What keeps a package from being staged must not keep the host from running here: then azd finds
// no folder, and stops.
const isAfterBuild = process.argv.includes('--after-build');

try {
  rmSync(FOLDER, { recursive: true, force: true });
  await stage();
  process.exitCode = process.argv.includes('--measure') ? measurePackage(FOLDER) : 0;
} catch (error) {
  rmSync(FOLDER, { recursive: true, force: true });
  const texts =
    error instanceof ConfigError
      ? error.diagnostics.map((each) => renderDiagnostic(each))
      : [(error as Error).message];
  // The build itself has reported an invalid servers.yaml.
  if (!(isAfterBuild && error instanceof ConfigError)) {
    process.stderr.write(
      `${isAfterBuild ? 'Nothing was staged for azd: ' : ''}${texts.join('\n')}\n`,
    );
  }
  process.exitCode = isAfterBuild ? 0 : 1;
}

async function stage(): Promise<void> {
  refuseOtherServersFile();
  const { servers } = loadConfig('servers.yaml');
  const enabled = servers.filter((server) => server.enabled);
  const modules = enabled.flatMap((server) => (server.kind === 'module' ? [server.module] : []));
  const programs = programFiles(
    enabled.filter((server) => server.kind === 'command'),
    process.cwd(),
  );
  const used = [...modules, ...programs.scripts, ...programs.packages];
  const plain = await plainModules(used, process.cwd());
  for (const each of plain.missing) {
    process.stderr.write(`${each}, which is not installed here, so it is not deployed.\n`);
  }
  refuseTokens();
  mkdirSync(FOLDER);
  for (const path of [...BUILT, 'host.json', 'servers.yaml', lockFileOf('servers.yaml'), '.npmrc'])
    copy(path);
  for (const path of [...plain.paths, ...programs.paths]) copy(relative(process.cwd(), path));
  const { outside } = bundlesSchema.parse(JSON.parse(readFileSync('dist/bundles.json', 'utf8')));
  writePackages([...outside.map(({ folder }) => folder), ...plain.packages]);
}

/** The bundles are those of that file, and the app reads servers.yaml. */
function refuseOtherServersFile(): void {
  const serversFile = readServersFile();
  if (serversFile === resolve('servers.yaml')) return;
  throw new Error(
    `MCP_SERVERS_FILE names ${relative(process.cwd(), serversFile)}, but only servers.yaml is deployed. Fix: unset MCP_SERVERS_FILE, and build again`,
  );
}

/** What is deployed can be read by who may read the app. */
function refuseTokens(): void {
  const text = existsSync('.npmrc') ? readFileSync('.npmrc', 'utf8') : '';
  if (!/^[^#;]*(_authToken|_auth|_password)\s*=\s*(?!\s*\$\{)\S/m.test(text)) return;
  throw new Error(
    `.npmrc contains a token, which would be deployed. Fix: replace it with \${NAME}, and set that variable where npm runs`,
  );
}

function copy(path: string): void {
  if (path.startsWith('..')) {
    throw new Error(
      `${path} is outside of this folder, so it would not be deployed. Fix: move it into this folder.`,
    );
  }
  if (!existsSync(path)) return;
  const isBuilt = path.startsWith('dist');
  const filter = (source: string): boolean =>
    isBuilt || source === path || !LEFT_BEHIND.test(basename(source));
  cpSync(path, join(FOLDER, path), { recursive: true, filter });
}

/** @param places where the packages are installed, as the lock file names them. */
function writePackages(places: readonly string[]): void {
  const root = JSON.parse(readFileSync('package.json', 'utf8'));
  const lock: LockFile =
    places.length > 0 ? JSON.parse(readFileSync('package-lock.json', 'utf8')) : { packages: {} };
  const known = [...new Set(places)].map((place) => place.split(sep).join('/')).sort();
  const packages = cutPackages(lock, known);
  const owners = new Map<string, Record<string, string>>([['', {}]]);
  for (const place of known) {
    const owner = place.slice(0, place.lastIndexOf('node_modules/')).replace(/\/$/, '');
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const version = lock.packages[place]?.version ?? '';
    owners.set(owner, { ...owners.get(owner), [name]: version });
  }
  const workspaces = [...owners.keys()].filter((owner) => owner !== '');
  const { name, version, overrides } = root;
  // No scripts: a build in Azure would look for a compiler.
  const main = {
    ...{ name, version, private: true, type: 'module' },
    ...(workspaces.length > 0 && { workspaces }),
    dependencies: owners.get(''),
    ...(known.length > 0 && overrides && { overrides }),
  };
  writeJson('package.json', main);
  const own = workspaces.map((folder) => {
    const { name, version } = lock.packages[folder] as { name?: string; version?: string };
    const content = {
      name: name ?? basename(folder),
      version,
      type: 'module',
      dependencies: owners.get(folder),
    };
    writeJson(join(folder, 'package.json'), content);
    return [
      [folder, content],
      [`node_modules/${content.name}`, { resolved: folder, link: true }],
    ] as const;
  });
  const { private: _, type: __, overrides: ___, ...locked } = main as Record<string, unknown>;
  writeJson('package-lock.json', {
    ...{ name, version, lockfileVersion: 3, requires: true },
    packages: { '': locked, ...Object.fromEntries(own.flat()), ...packages },
  });
}

function writeJson(path: string, content: object): void {
  mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
  writeFileSync(join(FOLDER, path), `${JSON.stringify(content, null, 2)}\n`);
}
