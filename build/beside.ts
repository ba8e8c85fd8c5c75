// What a source finds beside itself stays there: `import.meta.url`, `dirname` and `filename` of a
// bundled source point to its place in a mirror of the source tree, into which the files around it
// are copied, and scripts are bundled.

import { cpSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { bundleName } from '../config/module-path.ts';
import { isTypeScript } from './servers.ts';

const MARK = '__beside__:';
const NOT_DATA = /^(\..*|node_modules|package(-lock)?\.json|tsconfig.*\.json)$/;

/**
 * Stands for a file until the place of the code that names it is known. @param directory folder of
 * servers.yaml.
 */
export function markOf(directory: string, file: string): string {
  return mark(relative(join(directory, 'dist'), file).split(sep).join('/'));
}

/** Without a slash: the bundler changes what looks like a path. */
function mark(path: string): string {
  return MARK + encodeURIComponent(path).replaceAll("'", '%27');
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class Beside {
  /** Scripts that are started as workers: absolute paths. */
  readonly scripts = new Set<string>();
  /** Sources that use `import.meta` in a way that tells nothing of the files beside them. */
  readonly whole = new Set<string>();
  /** Files and folders to copy: absolute paths. */
  readonly copied = new Set<string>();
  readonly directory: string;

  /** @param directory folder of servers.yaml. */
  constructor(directory: string) {
    this.directory = directory;
  }

  plugin(isServerSource: (file: string) => boolean): Plugin {
    return {
      name: 'beside',
      transform: (code, id) => {
        if (!isServerSource(id) || !code.includes('import.meta')) return null;
        return { code: this.#rewrite(code, id), map: null };
      },
    };
  }

  /** Replaces the marks in a finished bundle. */
  place(code: string, fileName: string): string {
    return code.replaceAll(new RegExp(`${MARK}([\\w.!~*()%-]*)`, 'g'), (_, target: string) => {
      const built = join(this.directory, 'dist');
      const from = dirname(join(built, fileName));
      const path = relative(from, join(built, decodeURIComponent(target)))
        .split(sep)
        .join('/');
      return path.startsWith('.') ? path : `./${path}`;
    });
  }

  /** Copies what the sources may read. @param outputFolder where bundles are written. */
  copy(outputFolder: string): void {
    for (const path of this.copied) {
      const filter = (source: string): boolean =>
        source === path || (!NOT_DATA.test(basename(source)) && !isTypeScript(source));
      const name = relative(this.directory, path);
      const target = join(outputFolder, bundleName(join(this.directory, name), this.directory));
      cpSync(path, target.replace(/\.js$/, /\.[cm]?js$/.exec(path)?.[0] ?? '.js'), {
        recursive: true,
        filter,
      });
    }
  }

  #rewrite(code: string, file: string): string {
    const edits: Edit[] = [];
    visit(
      parseAst(code, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node,
      (node) => {
        const named = namedBeside(node);
        if (named) this.#include(named, file, edits);
        if (holdsWholeMeta(node)) this.whole.add(file);
        const property = metaProperty(node);
        if (property) {
          this.#copyAround(file);
          edits.push({ start: node.start, end: node.end, text: this.#expression(property, file) });
        }
      },
    );
    edits.sort((a, b) => b.start - a.start);
    return edits.reduce(
      (text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end),
      code,
    );
  }

  #expression(property: string, file: string): string {
    const place = mark(bundleName(file, this.directory));
    if (property === 'url') return `new URL("${place}", import.meta.url).href`;
    const path = `process.getBuiltinModule("node:url").fileURLToPath(new URL("${place}", import.meta.url))`;
    return property === 'dirname' ? `process.getBuiltinModule("node:path").dirname(${path})` : path;
  }

  /**
   * A file or folder that the source names: scripts become bundles under the name that finds them.
   */
  #include({ path, literal }: Named, file: string, edits: Edit[]): void {
    const target = resolve(dirname(file), path);
    const source = [target, target.replace(/\.([cm]?)js$/, '.$1ts')].find(existsSync);
    if (!source) return;
    if (!/\.[cm]?[jt]s$/.test(source)) this.copied.add(source);
    else {
      this.scripts.add(source);
      const text = JSON.stringify(literal.value).replace(/\.[cm]?[jt]s"$/, '.js"');
      edits.push({ start: literal.start, end: literal.end, text });
    }
  }

  #copyAround(file: string): void {
    const folder = dirname(file);
    // The root holds everything; there only what is named is copied.
    if (folder === this.directory) return;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const isScript = /\.[cm]?[jt]s$/.test(name) && lstatSync(path).isFile();
      if (!NOT_DATA.test(name) && !isScript) this.copied.add(path);
    }
  }
}

interface Named {
  readonly path: string;
  readonly literal: Node;
}

/** `new URL('./x', import.meta.url)`, `join(import.meta.dirname, 'x')`. */
function namedBeside(node: Node): Named | undefined {
  const values = (node.arguments ?? []) as Node[];
  const [first, second] = values;
  if (!first || !second) return undefined;
  if (node.type === 'NewExpression' && metaProperty(second) === 'url' && isText(first)) {
    return { path: first.value as string, literal: first };
  }
  if (node.type !== 'CallExpression' || metaProperty(first) !== 'dirname') return undefined;
  const texts = values.slice(1);
  const end = texts.findIndex((value) => !isText(value));
  const known = end < 0 ? texts : texts.slice(0, end);
  const literal = known.at(-1);
  return literal && { path: known.map(({ value }) => value).join('/'), literal };
}

function isText(node: Node): boolean {
  return node.type === 'Literal' && typeof node.value === 'string';
}

function metaProperty(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const { object, property } = node as unknown as { object: Node; property: Node };
  const name = property.name as string;
  const isMeta = object.type === 'MetaProperty' && ['url', 'dirname', 'filename'].includes(name);
  return isMeta ? name : undefined;
}

/** `const { url } = import.meta`, `f(import.meta)`. */
function holdsWholeMeta(node: Node): boolean {
  if (node.type === 'MemberExpression') return false;
  return Object.values(node).some((child) =>
    [child]
      .flat()
      .some((each) => (each as Node | null)?.type === 'MetaProperty' && isImportMeta(each as Node)),
  );
}

function isImportMeta({ meta }: Node): boolean {
  return (meta as unknown as { name: string }).name === 'import';
}

function visit(node: Node, look: (node: Node) => void): void {
  look(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child)
        visit(child as Node, look);
    }
  }
}
