// Who may import whom. The table says it, lint holds it: here every import that the table does not allow is planted, as
// a value, as a type, re-exported and by import(), and lint must find it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

/** A file of each room, by the name of the room. */
const ROOMS = {
  config: 'config/load.ts',
  exchange: 'runtime/exchange/exchange.ts',
  layers: 'runtime/exchange/layers/compose.ts',
  backends: 'runtime/backends/supervisor.ts',
  http: 'runtime/backends/http/connect.ts',
  module: 'runtime/backends/module/open.ts',
  thread: 'runtime/backends/thread/open.ts',
  combine: 'runtime/backends/combine/combined-backend.ts',
  url: 'runtime/backends/url/open.ts',
  command: 'runtime/backends/command/open.ts',
  protocol: 'runtime/protocol/message.ts',
  authorization: 'runtime/authorization/authorization.ts',
  pages: 'runtime/pages/page.ts',
  telemetry: 'runtime/telemetry/names.ts',
  stats: 'runtime/stats/counts.ts',
  mount: 'runtime/mount/mount.ts',
  process: 'runtime/process/lifecycle.ts',
  main: 'runtime/main.ts',
  host: 'runtime/host.ts',
  app: 'runtime/app.ts',
  clients: 'clients/clients.ts',
  cli: 'cli/main.ts',
  build: 'build/main.ts',
  standins: 'standins/gateway/gateway.ts',
  servers: 'servers/time/index.ts',
  infra: 'infra/hooks/gateway-key.mjs',
  test: 'test/infra/cases.ts',
  bench: 'bench/cpu.ts',
} as const;
type Room = keyof typeof ROOMS;

/** Packages that only some rooms may know. */
const PACKAGES = {
  fastify: ['fastify', '@fastify/rate-limit'],
  sdk: ['@modelcontextprotocol/sdk/types.js', '@modelcontextprotocol/server'],
  openTelemetry: ['@opentelemetry/api', '@azure/monitor-opentelemetry'],
} as const;
type Package = keyof typeof PACKAGES;

interface Allowed {
  /** Where imports are planted. */
  readonly file?: string;
  readonly rooms: readonly Room[];
  readonly packages?: readonly Package[];
}

const KINDS: readonly Room[] = ['http', 'module', 'thread', 'combine', 'url', 'command'];

const RUNTIME: readonly Room[] = [
  'config',
  'exchange',
  'layers',
  'backends',
  'protocol',
  'authorization',
  'pages',
  'telemetry',
  'stats',
  'mount',
  'process',
];

/** What each room may import besides its own files, `node:` and other packages. */
const TABLE: Readonly<Record<string, Allowed>> = {
  config: { rooms: [] },
  exchange: { rooms: ['config'] },
  layers: { rooms: ['exchange', 'config'] },
  backends: { rooms: ['exchange', 'layers', 'config'] },
  'the table of kinds': {
    file: 'runtime/backends/kinds.ts',
    rooms: ['exchange', 'layers', 'config', 'backends', ...KINDS],
  },
  http: { rooms: ['exchange', 'layers', 'config', 'backends'] },
  module: { rooms: ['exchange', 'layers', 'config', 'backends', 'http'], packages: ['sdk'] },
  thread: { rooms: ['exchange', 'layers', 'config', 'backends', 'module'] },
  combine: { rooms: ['exchange', 'layers', 'config', 'backends'] },
  url: { rooms: ['exchange', 'layers', 'config', 'backends', 'http'] },
  command: { rooms: ['exchange', 'layers', 'config', 'backends', 'http'], packages: ['sdk'] },
  protocol: { rooms: ['exchange', 'layers', 'config'] },
  authorization: { rooms: ['exchange', 'layers', 'config'] },
  pages: { rooms: ['exchange', 'layers', 'config', 'clients'] },
  telemetry: { rooms: ['exchange', 'layers', 'config'], packages: ['openTelemetry'] },
  stats: { rooms: ['exchange', 'layers', 'config'] },
  mount: {
    rooms: ['exchange', 'layers', 'protocol', 'authorization', 'config'],
    packages: ['fastify'],
  },
  process: { rooms: ['exchange', 'layers', 'config'] },
  health: {
    file: 'runtime/process/health.ts',
    rooms: ['exchange', 'layers', 'config', 'process'],
    packages: ['fastify'],
  },
  main: { rooms: [...RUNTIME, ...KINDS, 'host', 'app'] },
  host: { rooms: [...RUNTIME, ...KINDS, 'main', 'app'] },
  app: {
    rooms: [...RUNTIME, ...KINDS, 'main', 'host'],
    packages: ['fastify'],
  },
  clients: { rooms: ['config'] },
  cli: {
    rooms: ['config', 'clients', 'exchange', 'layers', 'backends', 'module', 'pages'],
    packages: ['sdk'],
  },
  build: {
    rooms: ['config'],
    packages: ['fastify', 'sdk', 'openTelemetry'],
  },
  standins: { rooms: [], packages: ['fastify', 'sdk', 'openTelemetry'] },
  servers: { rooms: [], packages: ['fastify', 'sdk', 'openTelemetry'] },
};

/** One line each, with a name of its own. */
const FORMS: Readonly<Record<string, (path: string, number: number) => string>> = {
  'an import': (path, number) => `import { a as v${number} } from '${path}';`,
  'a type import': (path, number) => `import type { A as T${number} } from '${path}';`,
  're-exporting': (path, number) => `export { a as r${number} } from '${path}';`,
  'a dynamic import': (path, number) => `export const d${number} = await import('${path}');`,
};

interface Plant {
  readonly room: string;
  readonly form: string;
  readonly target: string;
  /** What is written after `from`. */
  readonly path: string;
  readonly isAllowed: boolean;
}

const homeOf = (room: string): string => TABLE[room]?.file ?? ROOMS[room as Room];

function plantsOf(room: string, { rooms, packages = [] }: Allowed): Plant[] {
  const folder = dirname(homeOf(room));
  const others = (Object.keys(ROOMS) as Room[]).filter(
    (other) => other !== room && dirname(ROOMS[other]) !== folder,
  );
  const targets = [
    ...others.map((target) => ({
      target,
      path: relative(folder, ROOMS[target])
        .replaceAll('\\', '/')
        .replace(/^(?!\.)/, './'),
      isAllowed: rooms.includes(target),
    })),
    ...(Object.keys(PACKAGES) as Package[]).flatMap((target) =>
      PACKAGES[target].map((path) => ({ target, path, isAllowed: packages.includes(target) })),
    ),
  ];
  return targets.flatMap((target) => Object.keys(FORMS).map((form) => ({ ...target, room, form })));
}

const plants = Object.entries(TABLE).flatMap(([room, allowed]) => plantsOf(room, allowed));

/** Rooms of one file are known to lint by its name. */
const fileOf = (room: string): string => {
  const home = homeOf(room);
  const isOneFile = TABLE[room]?.file !== undefined || dirname(home) === 'runtime';
  return isOneFile ? home : `${dirname(home)}/planted.ts`;
};

const plantedIn = (room: string): Plant[] => plants.filter((plant) => plant.room === room);

/** `file:line` of each refused import. */
let refused: ReadonlySet<string>;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-lint-'));
  copyFileSync('biome.json', join(folder, 'biome.json'));
  for (const room of Object.keys(TABLE)) {
    const file = join(folder, fileOf(room));
    mkdirSync(dirname(file), { recursive: true });
    const lines = plantedIn(room).map(({ form, path }, number) => FORMS[form]?.(path, number));
    writeFileSync(file, lines.join('\n'));
  }
  const biome = resolve('node_modules/@biomejs/biome/bin/biome');
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github'];
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  rmSync(folder, { recursive: true });
  const found = stdout
    .replaceAll('\\', '/')
    .matchAll(/noRestrictedImports,file=(?:.*?mcp-lint-[^/]*\/)?([^,]+),line=(\d+)/g);
  refused = new Set([...found].map(([, file, line]) => `${file}:${line}`));
}, 120_000);

describe.each(Object.keys(TABLE))('%s', (room) => {
  test.each(
    plantedIn(room).map((plant, at) => ({
      ...plant,
      may: plant.isAllowed ? 'may' : 'may not',
      at: `${fileOf(room)}:${at + 1}`,
    })),
  )('$may have $form of $path', ({ at, isAllowed }) => {
    expect(refused.has(at)).toBe(!isAllowed);
  });
});
