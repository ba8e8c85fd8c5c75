// Questions of a server (elicitation), asked on the terminal field by field. Without a terminal the
// answer is no.

import { createInterface, type Interface } from 'node:readline';
import type { ElicitRequestParams, ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { printable, printableLines, type Terminal } from '../terminal.ts';
import { findMistake } from './check-value.ts';
import {
  describeBounds,
  describeType,
  type Field,
  fieldsOf,
  type Schema,
  typesOf,
  valuesOf,
} from './schema.ts';
import { readTyped } from './typed-value.ts';

export type Question = ElicitRequestParams;
export type Answer = ElicitResult;

/** A person who can be asked. */
export interface Person {
  /** One line; undefined at the end of input (Ctrl-D). */
  readonly ask: (prompt: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** @returns undefined when no one sits there */
export function personAtTerminal(interrupt: () => void): Person | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return { ask: (prompt, signal) => askLine(prompt, signal, interrupt) };
}

function askLine(
  prompt: string,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const lines: Interface = createInterface({ input: process.stdin, output: process.stderr });
    const giveUp = () => lines.close();
    lines.once('SIGINT', () => {
      interrupt();
      lines.close();
    });
    let isAnswered = false;
    lines.once('close', () => {
      // The cursor is still behind the prompt.
      if (!isAnswered) process.stderr.write('\n');
      signal.removeEventListener('abort', giveUp);
      if (signal.aborted) reject(signal.reason);
      else resolve(undefined);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    lines.question(prompt, (line) => {
      isAnswered = true;
      resolve(line);
      lines.close();
    });
    if (signal.aborted) giveUp();
  });
}

/** Asks one form or one page at a time, in the order in which they came. */
export class Questions {
  readonly #person: Person | undefined;
  readonly #terminal: Terminal;
  #last: Promise<unknown> = Promise.resolve();

  constructor(person: Person | undefined, terminal: Terminal) {
    this.#person = person;
    this.#terminal = terminal;
  }

  answer(server: string, question: Question, signal: AbortSignal): Promise<Answer> {
    const next = this.#last.then(() => this.#answer(server, question, signal));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #answer(server: string, question: Question, signal: AbortSignal): Promise<Answer> {
    const { remark } = this.#terminal;
    remark(`${server} asks: ${printableLines(question.message)}`);
    if (this.#person === undefined) {
      remark('There is no terminal to answer on, so the question is declined.');
      return { action: 'decline' };
    }
    try {
      return 'requestedSchema' in question
        ? await this.#fillForm(this.#person, question.requestedSchema as Schema, signal)
        : await this.#openPage(this.#person, question, signal);
    } catch (error) {
      if (signal.aborted) remark('The server withdrew the question.');
      throw error;
    }
  }

  async #openPage(person: Person, question: Question, signal: AbortSignal): Promise<Answer> {
    const url = 'url' in question ? String(question.url) : '';
    this.#terminal.remark(`The server asks you to open: ${printable(url)}`);
    return { action: await this.#choose(person, 'Done (a), decline (d) or cancel (c)? ', signal) };
  }

  async #fillForm(person: Person, schema: Schema, signal: AbortSignal): Promise<Answer> {
    const action = await this.#choose(person, 'Answer (a), decline (d) or cancel (c)? ', signal);
    if (action !== 'accept') return { action };
    const content: Record<string, unknown> = {};
    for (const field of fieldsOf(schema)) {
      const value = await this.#askField(person, field, signal);
      if (value === CANCELLED) return { action: 'cancel' };
      if (value !== undefined) content[field.name] = value;
    }
    return { action: 'accept', content: content as NonNullable<Answer['content']> };
  }

  async #choose(person: Person, prompt: string, signal: AbortSignal): Promise<Answer['action']> {
    for (;;) {
      const word = await person.ask(prompt, signal);
      if (word === undefined) return 'cancel';
      const found = ACTIONS.find(({ words }) => words.includes(word.trim().toLowerCase()));
      if (found !== undefined) return found.action;
    }
  }

  async #askField(
    person: Person,
    field: Field,
    signal: AbortSignal,
  ): Promise<unknown | typeof CANCELLED> {
    const { schema, isRequired } = field;
    for (const line of describeField(field)) this.#terminal.remark(line);
    for (;;) {
      const text = await person.ask(`${printable(field.name)}: `, signal);
      if (text === undefined) return CANCELLED;
      if (text === '' && schema.default !== undefined) return schema.default;
      if (text === '' && !isRequired) return undefined;
      const typed = readTyped(readItems(text, schema), schema, schema);
      const problem =
        'expected' in typed
          ? `expected ${typed.expected}`
          : findMistake({ value: typed.value }, one(schema));
      if (problem === undefined && 'value' in typed) return typed.value;
      this.#terminal.remark(printable(`Not accepted: ${problem}`));
    }
  }
}

const CANCELLED = Symbol('cancelled');
const ACTIONS = [
  { words: ['', 'a', 'answer', 'accept', 'y', 'yes', 'done'], action: 'accept' },
  { words: ['d', 'decline', 'n', 'no'], action: 'decline' },
  { words: ['c', 'cancel'], action: 'cancel' },
] satisfies readonly { words: readonly string[]; action: Answer['action'] }[];

/** Only the field, so that an error names it. */
function one(schema: Schema): Schema {
  return { type: 'object', properties: { value: schema } };
}

/** A choice of several is typed with commas. */
function readItems(text: string, schema: Schema): string {
  if (!typesOf(schema).includes('array') || text.trimStart().startsWith('[')) return text;
  const items = text.split(',').map((item) => item.trim());
  return JSON.stringify(items.filter((item) => item !== ''));
}

function describeField({ name, schema, isRequired }: Field): string[] {
  const { title, description } = schema;
  const texts = [title, description].filter((text) => typeof text === 'string');
  const bounds = describeBounds(schema);
  const rest = [bounds, isRequired ? '' : 'may be empty'].filter((part) => part !== '');
  const kind = [describeType(schema, schema), ...rest].join(', ');
  const several = typesOf(schema).includes('array') ? '; separate several with commas' : '';
  const titles = titlesOf(schema).map((line) => `    ${printable(line)}`);
  return [
    printable(`  ${name}${texts.length > 0 ? `: ${texts.join('. ')}` : ''} (${kind}${several})`),
    ...titles,
  ];
}

/** What the values of an enumeration are called. */
function titlesOf(schema: Schema): string[] {
  const names = schema.enumNames;
  const values = valuesOf(schema) ?? [];
  if (Array.isArray(names)) return values.map((value, index) => `${value}: ${names[index]}`);
  const list = Array.isArray(schema.oneOf) ? (schema.oneOf as Schema[]) : [];
  return list.flatMap((each) => (each.title === undefined ? [] : `${each.const}: ${each.title}`));
}
