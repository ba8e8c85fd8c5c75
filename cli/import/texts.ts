// The texts of an entry (arguments, variables, headers, addresses): placeholders of clients become ours, and
// secrets become variables of the host.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients and servers.yaml fill in.

import { parseUrl } from '../../config/formats.ts';
import { requiredNames } from '../../config/references.ts';
import type { Note } from './report.ts';
import { isRandom, isSecret, isSecretName, isSecretParameter } from './secrets.ts';
import { type Variables, variableName } from './variables.ts';

/** A question of the client: its answer becomes a variable. */
export interface ClientInput {
  readonly id: string;
  readonly description?: string;
  /** Of one that is not a password. */
  readonly default?: string;
}

export interface TextContext {
  /** The server's name in servers.yaml. */
  readonly server: string;
  readonly inputs: readonly ClientInput[];
  readonly variables: Variables;
  /** The client fills in $NAME, too. */
  readonly hasBareNames: boolean;
  readonly note: (note: Note) => void;
}

/** One text of an entry, and where it stands. */
interface Text {
  /** For people: `env.TOKEN`. */
  readonly place: string;
  /** What it is the value of. */
  readonly name?: string;
  /** Names for its variable, the best first. */
  readonly variables: readonly string[];
}

export function convertEnv(
  env: Readonly<Record<string, string>>,
  context: TextContext,
): Record<string, string> {
  return convertAll(env, (name, value) =>
    hide(fillIn(value, `env.${name}`, context), context, {
      place: `env.${name}`,
      name,
      variables: [variableName(name), variableName(context.server, name)],
    }),
  );
}

export function convertHeaders(
  headers: Readonly<Record<string, string>>,
  context: TextContext,
): Record<string, string> {
  return convertAll(headers, (name, value) => hideHeader(name, value, `headers.${name}`, context));
}

/** Options and their values are recognized as programs do: `--key=value`, `--key value`, `KEY=value`. */
export function convertArgs(args: readonly string[], context: TextContext): string[] {
  return args.map((arg, index) =>
    convertArg(arg, args[index - 1] ?? '', `args[${index}]`, context),
  );
}

/** @param before the argument before it, or the option that it is the value of. */
function convertArg(arg: string, before: string, place: string, context: TextContext): string {
  if (/^(-H|--header)$/.test(before)) {
    const [, name = '', blank = '', value = ''] = /^([^:\s]+):(\s*)(.*)$/s.exec(arg) ?? [];
    if (name !== '') return `${name}:${blank}${hideHeader(name, value, place, context)}`;
  }
  const [, start = '', option = '', value] = /^((?:--?)?([A-Za-z_][\w.-]*)=)(.*)$/s.exec(arg) ?? [];
  if (value !== undefined) {
    // What such an option has is a variable or a header of its own.
    const isNested = /^--(env|header)=$/.test(start);
    if (isNested) return start + convertArg(value, start.slice(0, -1), place, context);
    const isVariable = !start.startsWith('-');
    const own = variableName(context.server, option);
    const variables = isVariable ? [variableName(option), own] : [own];
    return start + hide(fillIn(value, place, context), context, { place, name: option, variables });
  }
  const isValue = before.startsWith('-') && !before.includes('=') && !arg.startsWith('-');
  const long = before === '-k' ? '--key' : before;
  const name = isValue && isSecretName(long) ? long : undefined;
  const variables = [variableName(context.server, name ?? 'secret')];
  return hide(fillIn(arg, place, context), context, { place, variables, ...(name && { name }) });
}

/** User and password leave the address: they may only stand in a header. */
export function convertUrl(
  text: string,
  context: TextContext,
): { readonly url: string; readonly authorization?: string } {
  const written = writtenOut(fillIn(text, 'url', context), context);
  const url = parseUrl(written);
  if (url === undefined) return { url: written };
  const query = [...url.searchParams].filter(([name, value]) => isSecretParameter(name, value));
  let result = written;
  for (const [name, value] of query) {
    const [encoded = value] = [encodeURIComponent(value), value].filter((one) =>
      result.includes(one),
    );
    result = result.replace(
      encoded,
      secret(value, context, 'url', [variableName(context.server, name)]),
    );
  }
  for (const segment of url.pathname
    .split('/')
    .filter((one) => !one.includes('$') && isRandom(one))) {
    result = result.replace(
      segment,
      secret(segment, context, 'url', [variableName(context.server, 'URL_KEY')]),
    );
  }
  if (url.username === '' && url.password === '') return { url: result };
  const name = context.variables.name(url.href, [variableName(context.server, 'BASIC')], 'url');
  context.note({
    what: 'url: the user name and password were not copied',
    fix: `set the variable ${name} to the base64 of user:password`,
  });
  return { url: result.replace(/\/\/[^/@]*@/, '//'), authorization: `Basic \${${name}}` };
}

/** An address must begin with its scheme, also where a client fills it in. */
function writtenOut(text: string, { note }: TextContext): string {
  const [whole, name, address] = /^\$\{(\w+):-(https?:\/\/[^}]*)\}/.exec(text) ?? [];
  if (whole === undefined) return text;
  note({
    what: `url: \${${name}} cannot be the start of an address, so its default value is used`,
    fix: 'check the address',
  });
  return text.replace(whole, address ?? '');
}

function convertAll(
  texts: Readonly<Record<string, string>>,
  convert: (name: string, value: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, convert(name, value)]),
  );
}

function hideHeader(name: string, text: string, place: string, context: TextContext): string {
  const [, scheme = '', value = text] = /^((?:Bearer|Basic|Token)\s+)(.*)$/is.exec(text) ?? [];
  const word = scheme === '' ? name.replace(/^x-/i, '') : 'token';
  const filled = fillIn(value, place, context);
  return (
    scheme + hide(filled, context, { place, name, variables: [variableName(context.server, word)] })
  );
}

/** The text itself, or a reference in its place. */
function hide(text: string, context: TextContext, { place, name, variables }: Text): string {
  if (text.includes('${')) {
    const open = withoutSecretDefaults(text, context, place, name);
    for (const variable of requiredNames(open))
      context.variables.want(variable, `${place} of ${context.server}`);
    return open;
  }
  return isSecret(text, name) ? secret(text, context, place, variables) : text;
}

function withoutSecretDefaults(
  text: string,
  { note }: TextContext,
  place: string,
  name: string | undefined,
): string {
  return text.replaceAll(DEFAULT, (whole, variable: string, fallback: string) => {
    if (!isSecret(fallback, name) && !isSecret(fallback, variable)) return whole;
    note({
      what: `${place}: a default value that is a secret was not copied`,
      fix: `set the variable ${variable} where the host runs`,
    });
    return `\${${variable}}`;
  });
}

function secret(
  text: string,
  { server, variables, note }: TextContext,
  place: string,
  names: readonly string[],
): string {
  const name = variables.name(text, names, `${place} of ${server}`);
  note({
    what: `${place}: a secret was not copied`,
    fix: `set the variable ${name} where the host runs`,
  });
  return `\${${name}}`;
}

const DEFAULT = /\$\{(?:env:)?([A-Za-z_]\w*):-([^}]*)\}/g;

const OURS = /^\$\{(?:env:)?[A-Za-z_]\w*(?::-[^}]*)?\}$/;

/** Placeholders of clients in our form. */
function fillIn(text: string, place: string, context: TextContext): string {
  const known = text
    .replaceAll(/(?<!\$)\{env:([A-Za-z_]\w*)\}/g, '${$1}')
    .replaceAll(/(?<!\$)\{file:([^}]+)\}/g, (_, file) => fromFile(file, place, context))
    .replaceAll(/\$\{input:([^}]+)\}/g, (_, id) => answer(id, place, context))
    .replaceAll(/\$\{(workspaceFolder|userHome|pathSeparator|\/)\}/g, (_, name) =>
      ofFolder(name, place, context),
    )
    .replaceAll(/\$\{[^}]*\}/g, (whole) =>
      OURS.test(whole) ? whole : foreign(whole, place, context),
    );
  return context.hasBareNames ? known.replaceAll(/\$([A-Za-z_]\w*)/g, '${$1}') : known;
}

function answer(id: string, place: string, { inputs, variables, server }: TextContext): string {
  const name = variableName(id);
  const input = inputs.find((one) => one.id === id);
  const hasDefault = input?.default !== undefined && !/[}]|\$\{/.test(input.default);
  if (hasDefault) return `\${${name}:-${input?.default}}`;
  const asked = input?.description === undefined ? '' : ` (the client asks: ${input.description})`;
  variables.want(name, `${place} of ${server}${asked}`);
  return `\${${name}}`;
}

function fromFile(file: string, place: string, { variables, server, note }: TextContext): string {
  const name = variableName(file.split(/[\\/]/).at(-1) ?? file);
  variables.want(name, `${place} of ${server}`);
  note({
    what: `${place}: only the client can read this file`,
    fix: `set the variable ${name} to its content`,
  });
  return `\${${name}}`;
}

function ofFolder(name: string, place: string, { note }: TextContext): string {
  if (name === 'pathSeparator' || name === '/') return '/';
  const [means, fix] =
    name === 'userHome'
      ? ['${HOME}', 'that folder is empty in Azure: name a folder next to servers.yaml instead']
      : ['.', 'check that it is the folder of servers.yaml'];
  note({ what: `${place}: "${name}" of the client was replaced by "${means}"`, fix });
  return means;
}

function foreign(whole: string, place: string, { variables, server, note }: TextContext): string {
  const name = variableName(whole.replaceAll(/[${}]/g, ''));
  variables.want(name, `${place} of ${server}`);
  note({
    what: `${place}: only the client can fill in ${whole}`,
    fix: `set the variable ${name}`,
  });
  return `\${${name}}`;
}
