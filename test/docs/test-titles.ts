// The titles of the tests in a file as its source has them, `%s` and `$name` of tables included: to
// run the files for their names would take minutes.

import { readFileSync } from 'node:fs';
import { parseSync } from 'rolldown/utils';

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const GROUPS = ['describe'];
const TESTS = ['it', 'test'];
/** What makes a test one that does not run. */
const NEVER_RUN = ['skip', 'todo'];

/**
 * @returns each test under its title, and after those of the groups around it: `group › test`.
 */
export function testTitles(path: string): ReadonlySet<string> {
  const text = readFileSync(path, 'utf8');
  const titles = new Set<string>();
  visit(parseSync(path, text).program as unknown as Node, [], (groups, title) => {
    for (let from = 0; from <= groups.length; from += 1) {
      titles.add([...groups.slice(from), title].join(' › '));
    }
  });
  return titles;

  function visit(
    node: Node,
    groups: readonly string[],
    found: (groups: readonly string[], title: string) => void,
  ): void {
    const call = node.type === 'CallExpression' ? titledCall(node, text) : undefined;
    if (call?.isTest) found(groups, call.title);
    const inner = call && !call.isTest ? [...groups, call.title] : groups;
    for (const child of Object.values(node).flat()) {
      if (isNode(child)) visit(child, inner, found);
    }
  }
}

/** `it('…')`, `it.each(table)('…')`, and the same of groups. */
function titledCall(call: Node, text: string): { title: string; isTest: boolean } | undefined {
  const [first] = call.arguments as Node[];
  const names = namesOf(call.callee as Node);
  const [name = ''] = names;
  const isTest = TESTS.includes(name);
  if (!first || !(isTest || GROUPS.includes(name))) return undefined;
  if (names.some((each) => NEVER_RUN.includes(each))) return undefined;
  const title = titleOf(first, text);
  return title === undefined ? undefined : { title, isTest };
}

/** `it.skipIf(…).each(…)` is `it`, `skipIf`, `each`. */
function namesOf(callee: Node): string[] {
  if (callee.type === 'Identifier') return [callee.name as string];
  if (callee.type === 'CallExpression') return namesOf(callee.callee as Node);
  if (callee.type !== 'MemberExpression') return [];
  return [...namesOf(callee.object as Node), (callee.property as { name?: string }).name ?? ''];
}

function titleOf(node: Node, text: string): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  return text.slice((node.start as number) + 1, (node.end as number) - 1);
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === 'string';
}
