// Tools that a server gets while it is started, or by one of its instances only.

import { expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { callModern } from '../../protocol/eras/modern.ts';
import { startHost } from '../../start-host.ts';

const MODULE = 'module: ../../runtime/backends/states/growing.mjs';

it('has the headers of a tool checked that a call of 2026-07-28 added to its own instance', async () => {
  const host = await startHost({
    listen: true,
    yaml: `servers: { grows: { ${MODULE}, export: createByCall, instance: shared, auth: anonymous } }`,
  });
  const url = `${host.url}/grows/mcp`;
  expect(await callModern(url, 'add')).toMatchObject({ status: 200, text: 'added' });
  await eventually(async () =>
    expect(await callModern(url, 'marked', { city: 'Oslo' })).toMatchObject({
      status: 400,
      error: { code: -32020 },
    }),
  );
  const headers = { 'mcp-param-city': 'Oslo' };
  const right = await callModern(url, 'marked', { city: 'Oslo' }, { headers });
  expect(right).toMatchObject({ status: 200, text: 'Oslo' });
});

it('reads the tools to the end that the first server got while the second one was built', async () => {
  const host = await startHost({
    yaml: `servers: { grows: { ${MODULE}, export: createByBuild, auth: anonymous } }`,
  });
  expect(host.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(host.servers[0]?.backend.declarations?.tools).toMatchObject([{ name: 'late' }]);
});
