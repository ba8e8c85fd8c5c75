// A `module` that names a package which cannot be imported: `check` and the host say the same of
// it.

import { describe, expect, test } from 'vitest';
import { startHost } from '../runtime/start-host.ts';
import { makeFolder, runCli } from './run-cli.ts';

const SDK_FILES = { 'dist/server.js': '', 'dist/index.js': '', 'dist/cli.js': '', 'notes.md': '' };

interface Case {
  readonly what: string;
  readonly module: string;
  /** Files of node_modules/pkg. */
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: object | string;
  /** What follows "got". */
  readonly got: string;
}

const cases: readonly Case[] = [
  {
    what: 'without main',
    module: 'pkg',
    files: SDK_FILES,
    manifest: {},
    got: '"pkg", which is installed, but has no main file. Fix: name the module that exports a server, for example "pkg/dist/index.js"',
  },
  {
    what: 'whose main is missing',
    module: 'pkg',
    files: { 'lib/server.mjs': '' },
    manifest: { main: 'dist/gone.js' },
    got: '"pkg", which is installed, but has no main file. Fix: write "pkg/lib/server.mjs", if it exports a server',
  },
  {
    what: 'by a path that it does not export',
    module: 'pkg/dist/server.js',
    files: SDK_FILES,
    manifest: { exports: { '.': './dist/index.js', './server': './dist/server.js' } },
    got: '"pkg/dist/server.js", which is installed, but exports only "pkg", "pkg/server". Fix: name the module that exports a server, for example "pkg"',
  },
  {
    what: 'by a mistyped path',
    module: 'pkg/servr',
    files: SDK_FILES,
    manifest: { exports: { '.': './dist/index.js', './server': './dist/server.js' } },
    got: '"pkg/servr", which is installed, but exports only "pkg/server", "pkg". Fix: name the module that exports a server, for example "pkg/server"',
  },
  {
    what: 'by its name, though it exports paths only',
    module: 'pkg',
    files: SDK_FILES,
    manifest: {
      exports: {
        './package.json': './package.json',
        './internal': null,
        './gone': './gone.js',
        './server': { types: './server.d.ts', import: './dist/server.js' },
        './old': { require: './dist/cli.js' },
        './files/*': './dist/*.js',
      },
    },
    got: '"pkg", which is installed, but exports only "pkg/server", "pkg/files/*". Fix: name the module that exports a server, for example "pkg/server"',
  },
  {
    what: 'that is for require alone',
    module: 'pkg',
    files: SDK_FILES,
    manifest: { exports: { require: './dist/index.js' } },
    got: '"pkg", which is installed, but exports nothing that you can import. Fix: name a package or a file that exports a server',
  },
  {
    what: 'that is a command',
    module: 'pkg',
    files: { 'dist/cli.js': '' },
    manifest: { bin: { 'acme-mcp': './dist/cli.js' } },
    got: '"pkg", which is installed, but is a command ("acme-mcp") and has no main file. Fix: write command: npx, args: ["-y","pkg"] instead of "module"',
  },
  {
    what: 'that is a command of its own name and exports nothing',
    module: 'pkg',
    files: { 'dist/cli.js': '' },
    manifest: { bin: './dist/cli.js', exports: {} },
    got: '"pkg", which is installed, but is a command ("pkg") and exports nothing that you can import. Fix: write command: npx, args: ["-y","pkg"] instead of "module"',
  },
  {
    what: 'that is a command with a file beside it',
    module: 'pkg',
    files: SDK_FILES,
    manifest: { bin: { one: 'dist/cli.js', two: 'dist/index.js' } },
    got: '"pkg", which is installed, but is a command ("one", "two") and has no main file. Fix: write command: npx, args: ["-y","--package","pkg","one"] instead of "module"; or name a module that exports a server, for example "pkg/dist/server.js"',
  },
  {
    what: 'by a file that it does not have',
    module: 'pkg/dist/index.mjs',
    files: SDK_FILES,
    manifest: {},
    got: '"pkg/dist/index.mjs", which is installed, but has no such module. Fix: name the module that exports a server, for example "pkg/dist/index.js"',
  },
  {
    what: 'by one of its folders',
    module: 'pkg/dist',
    files: { 'dist/index.js': '' },
    manifest: {},
    got: '"pkg/dist", which is installed, but has no such module. Fix: write "pkg/dist/index.js", if it exports a server',
  },
  {
    what: 'by a file that is no code',
    module: 'pkg/package.json',
    files: { 'index.js': '' },
    manifest: {},
    got: '"pkg/package.json", which is installed, but has no such module. Fix: write "pkg/index.js", if it exports a server',
  },
  {
    what: 'with a damaged package.json',
    module: 'pkg',
    files: {},
    manifest: '{',
    got: '"pkg", whose package.json cannot be read. Fix: install it again: npm install pkg',
  },
];

describe.each(cases)('a package $what', ({ module, files, manifest, got }) => {
  const entries = Object.entries(files).map(([path, text]) => [`node_modules/pkg/${path}`, text]);
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const yaml = `servers:\n  a:\n    module: ${module}\n`;
  const make = () =>
    makeFolder({
      'servers.yaml': yaml,
      'node_modules/pkg/package.json': text,
      ...Object.fromEntries(entries),
    });

  test('is described by check', async () => {
    const { code, err } = await runCli(['check'], { folder: make() });
    expect(code).toBe(1);
    expect(err[0]?.replace(/^.*?, got (?=")/, '')).toBe(got);
  });

  test('is described by the host in the same words', async () => {
    const { logs } = await startHost({ yaml, directory: make() });
    expect(logs).toContainEqual(
      expect.objectContaining({
        server: 'a',
        reason: 'module-not-found',
        detail: expect.stringContaining(got),
      }),
    );
  });
});
