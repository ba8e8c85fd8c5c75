// A module serves however its author wrote, compiled and published it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool } from '../../../e2e/call-tool.ts';
import { SERVING } from './serving.ts';
import { type CasesHost, nameOf, startCases } from './start-cases.ts';

let host: CasesHost;
beforeAll(async () => {
  host = await startCases(SERVING);
}, 60_000);
afterAll(() => host?.stop());

it.each(SERVING)('a module that $what', async (each) => {
  const name = nameOf(SERVING, each);
  const problems = host
    .linesOf(name)
    .filter(({ level, msg }) => level === 'warn' || msg === 'unavailable');
  expect(problems).toEqual([]);
  expect(host.states.get(name)).toMatchObject({ status: 'serving' });
  const answers = await Promise.all(
    ['one', 'two'].map((text) => callTool(`${host.base}/${name}/mcp`, 'echo', { text })),
  );
  expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect(answers.map(({ text }) => text?.split(':').at(-1))).toEqual(['one', 'two']);
});
