// One build of the host and all servers, so that what they share is loaded once. It is repeated
// until it tells nothing new: which packages stay outside, which workers are started, which SDKs
// are in it.

import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { build, type OutputChunk, type Plugin, type RolldownOutput } from 'rolldown';
import type { Bundles } from '../config/bundles.ts';
import { compile } from '../config/compiled.ts';
import { checkedLockOf } from '../config/lock-file.ts';
import { bundleName } from '../config/module-path.ts';
import { Beside } from './beside.ts';
import { esModulesPlugin } from './es-modules.ts';
import { lazyValidatorPlugin } from './lazy-validator.ts';
import { nodeHttpPlugin } from './node-http.ts';
import { Outside, outsidePlugin, packageAt, versionOf } from './outside.ts';
import { isTypeScript, modulesOf, readConfig, type ServerModule } from './servers.ts';
import { shareByStage } from './shared.ts';
import { threadEntry, threadPlugin } from './thread.ts';
import { unusedPlugin } from './unused.ts';

export interface BundleOptions {
  readonly serversFile: string;
  /** Where dist/ lies; names of bundles are paths from here. */
  readonly directory: string;
  /** The source of the host; absent: servers only. */
  readonly host?: string;
}

export interface Bundled {
  readonly files: readonly { readonly fileName: string; readonly text: string }[];
  /** Copies what sources read beside themselves. */
  readonly copy: (outputFolder: string) => void;
  readonly manifest: Bundles;
  /** Text of servers.json; absent when servers.yaml cannot be used. */
  readonly compiled?: string;
  readonly remarks: readonly string[];
}

/** Folders of the host's own code. */
const HOST_ROOMS = ['config', 'runtime'];

const SDK_V1 = '@modelcontextprotocol/sdk';
const SDK_V2 = '@modelcontextprotocol/server';
const SDKS = [SDK_V1, SDK_V2];
/**
 * Virtual module of a copy of SDK v2: what the host needs of it beside the server's own imports.
 */
const HANDLER = 'mcp-handler:';

/** @throws Error that names each server whose module cannot be bundled, and the file at fault. */
export async function bundle({ serversFile, directory, host }: BundleOptions): Promise<Bundled> {
  const config = readConfig(serversFile);
  const sources = (config ? modulesOf(config) : []).filter(({ file }) => isTypeScript(file));
  const state = {
    beside: new Beside(directory),
    outside: new Outside(directory),
    sdks: new Set<string>(),
    seen: new Set<string>(),
  };
  for (const { file } of sources) state.outside.addListed(file);
  let output: RolldownOutput['output'] | undefined;
  // The servers alone, because what is learned of their packages must not change how the host's are
  // bundled.
  for (let known = -1; known !== size(state); ) {
    known = size(state);
    output = await run(inputsOf(sources, state, directory), state, sources);
  }
  if (host) {
    const own = { main: host, thread: threadEntry(host, 'thread') };
    const all = await runOnce({ ...own, ...inputsOf(sources, state, directory) }, state, host);
    // Alone, so that the start of the host loads no chunk more for what they share; and CommonJS,
    // because a thread whose entry is an ES module takes longer to start.
    const watchdog = { watchdog: threadEntry(host, 'watchdog') };
    const alone = await runOnce(watchdog, state, host, 'cjs');
    output = [all[0], ...all.slice(1), ...alone];
  }
  const chunks = (output ?? []).flatMap((each) => (each.type === 'chunk' ? [each] : []));
  return {
    files: (output ?? []).flatMap((each) => {
      const { fileName } = each;
      if (each.type === 'chunk')
        return [{ fileName, text: state.beside.place(each.code, fileName) }];
      return [{ fileName, text: withoutSources(each) }];
    }),
    copy: (folder) => state.beside.copy(folder),
    manifest: {
      bundles: manifestOf(chunks),
      outside: [...state.outside.packages.values()].map(({ name, folder }) => ({
        name,
        folder: relative(directory, folder).split(sep).join('/'),
      })),
    },
    ...(config && { compiled: compile(config, checkedLockOf(config)) }),
    remarks: config
      ? [...state.beside.whole].map(
          (file) =>
            `${relative(directory, file)}: import.meta is used as a whole, so files next to this one may not be found. Fix: use import.meta.url, import.meta.dirname or import.meta.filename.`,
        )
      : [
          `${relative(directory, serversFile)} cannot be used, so no server is bundled. See: npx --no mcp-host check`,
        ],
  };
}

/** A source map serves for lines; the sources themselves are not deployed. */
function withoutSources({ source }: { readonly source: string | Uint8Array }): string {
  const { sourcesContent: _, ...map } = JSON.parse(String(source));
  return JSON.stringify(map);
}

interface State {
  readonly beside: Beside;
  readonly outside: Outside;
  /** Folders of copies of SDK v2. */
  readonly sdks: Set<string>;
  /** What servers hold: folders of packages, and source files. */
  readonly seen: Set<string>;
}

function size({ beside, outside, sdks }: State): number {
  return beside.scripts.size + outside.packages.size + sdks.size;
}

function inputsOf(sources: readonly ServerModule[], { beside, sdks }: State, directory: string) {
  const files = [...sources.map(({ file }) => file), ...beside.scripts];
  return {
    ...Object.fromEntries(files.map((file) => [nameOf(bundleName(file, directory)), file])),
    ...Object.fromEntries(
      [...sdks].map((folder, index) => [`bundles/sdk-${index + 1}`, HANDLER + folder]),
    ),
  };
}

function nameOf(fileName: string): string {
  return fileName.replace(/\.js$/, '');
}

async function run(
  input: Record<string, string>,
  state: State,
  sources: readonly ServerModule[],
): Promise<RolldownOutput['output'] | undefined> {
  if (Object.keys(input).length === 0) return undefined;
  try {
    return await runOnce(input, state);
  } catch (error) {
    const faults: string[] = [];
    for (const { servers, file } of sources) {
      const fault = await runOnce({ alone: file }, state).then(
        () => undefined,
        (each) => each,
      );
      if (fault) faults.push(`servers.${servers.join(', ')}: ${describe(fault)}`);
    }
    if (faults.length === 0) throw error;
    throw new Error(faults.join('\n'), { cause: error });
  }
}

async function runOnce(
  input: Record<string, string>,
  state: State,
  host?: string,
  format: 'esm' | 'cjs' = 'esm',
) {
  const rooms = host ? HOST_ROOMS.map((room) => join(dirname(dirname(host)), room) + sep) : [];
  const isHostCode = (file: string): boolean => rooms.some((room) => file.startsWith(room));
  const isOfHostAlone = (file: string): boolean =>
    isHostCode(file) || !state.seen.has(packageAt(file)?.folder ?? file);
  const isSource = (file: string): boolean =>
    !isHostCode(file) && !packageAt(file) && !file.includes('\0') && existsSync(file);
  const shared = shareByStage(isHostCode);
  const { output } = await build({
    input,
    platform: 'node',
    logLevel: 'warn',
    write: false,
    checks: { pluginTimings: false },
    plugins: [
      sdkPlugin(),
      lazyValidatorPlugin((file) => SDKS.includes(packageAt(file)?.name ?? '')),
      ...(host
        ? [
            unusedPlugin(isOfHostAlone),
            esModulesPlugin(isOfHostAlone),
            nodeHttpPlugin(isOfHostAlone),
            threadPlugin(state.beside.directory),
            shared.plugin,
          ]
        : []),
      outsidePlugin(state.outside, isHostCode),
      state.beside.plugin(isSource),
      ...(host ? [] : [learnPlugin(state)]),
    ],
    onLog: (level, log, handler) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      handler(level, log);
    },
    output: {
      dir: join(state.beside.directory, 'dist'),
      format,
      // What is shorter is read sooner, at each start.
      minify: true,
      // Errors take their name from their class.
      keepNames: true,
      sourcemap: true,
      entryFileNames: format === 'esm' ? '[name].js' : '[name].cjs',
      codeSplitting: { groups: shared.groups },
      // The folder of the code shows which server caused an error.
      chunkFileNames: ({ moduleIds }) => {
        const source = moduleIds.find(isSource);
        const folder = source && dirname(bundleName(source, state.beside.directory));
        return `${folder ?? 'chunks'}/[name].js`;
      },
    },
  });
  return output;
}

/** Sees every module of servers. */
function learnPlugin({ sdks, seen, outside }: State): Plugin {
  return {
    name: 'learn',
    transform(code, id) {
      const found = packageAt(id);
      seen.add(found?.folder ?? id);
      if (found?.name === SDK_V2) sdks.add(found.folder);
      if (found) outside.look(id, code);
    },
  };
}

function sdkPlugin(): Plugin {
  return {
    name: 'sdk',
    resolveId: (id) => (id.startsWith(HANDLER) ? id : null),
    load: (id) => {
      if (!id.startsWith(HANDLER)) return null;
      const folder = id.slice(HANDLER.length);
      return `export { createMcpHandler, McpServer } from ${JSON.stringify(join(folder, 'dist/index.mjs'))};`;
    },
  };
}

/** By bundle: name and version of the SDK in it, and where the host finds the rest of that copy. */
function manifestOf(chunks: readonly OutputChunk[]): Bundles['bundles'] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const moduleIdsOf = (chunk: OutputChunk, seen = new Set<OutputChunk>()): string[] => {
    if (seen.has(chunk)) return [];
    seen.add(chunk);
    const others = [...chunk.imports, ...chunk.dynamicImports].flatMap(
      (name) => byName.get(name) ?? [],
    );
    return [...chunk.moduleIds, ...others.flatMap((other) => moduleIdsOf(other, seen))];
  };
  const handlers = new Map(
    chunks
      .filter(({ facadeModuleId }) => facadeModuleId?.startsWith(HANDLER))
      .map(({ facadeModuleId, fileName }) => [facadeModuleId?.slice(HANDLER.length), fileName]),
  );
  const entries = chunks.filter(
    ({ isEntry, fileName }) => isEntry && fileName.startsWith('bundles/'),
  );
  return Object.fromEntries(
    entries.map((entry) => {
      const folders = new Map(
        moduleIdsOf(entry).flatMap((id) => {
          const found = packageAt(id);
          return found && SDKS.includes(found.name) ? [[found.folder, found.name]] : [];
        }),
      );
      const sdks = [...folders].map(([folder, name]) => {
        const handler = handlers.get(folder);
        return { name, version: versionOf(folder), ...(handler && { handler }) };
      });
      return [entry.fileName, { sdks }];
    }),
  );
}

function describe(error: unknown): string {
  const { errors = [error] } = error as { errors?: unknown[] };
  return errors
    .map((each) => stripVTControlCharacters(String((each as Error).message)).trim())
    .join('\n')
    .replaceAll(process.cwd() + sep, '');
}
