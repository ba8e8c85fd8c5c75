// A published server may hold a copy of the SDK in its own file. Objects of that copy meet the
// host's handler of 2026.

import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { modern } from '../../runtime/mount/http/modern.ts';
import { spawnHost } from '../spawn-host.ts';
import { clients } from './clients.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/servers');

/** A fixture and all that it imports, as one file. */
async function inlined(name: string): Promise<string> {
  const input = join(FIXTURES, name);
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  return output[0].code;
}

test.each(['per-request', 'shared'])(
  '%s: official clients of each era reach the tools',
  async (instance) => {
    const host = await spawnHost({
      yaml: `servers: { inlined: { module: ./inlined/index.mjs, instance: ${instance}, auth: anonymous } }`,
      files: { [join('inlined', 'index.mjs')]: await inlined('kernel-v2.mjs') },
    });
    const place = { url: `${await host.url()}/inlined/mcp` };
    for (const name of ['SDK v1', 'SDK v2, pinned to 2026-07-28'] as const) {
      const connection = await clients[name]?.(place);
      expect(await connection?.toolNames()).toContain('echo');
      expect(await connection?.call('echo', { text: 'x' })).toMatch(/x/);
    }
  },
);

test('the scopes that its author asks for by tool are asked for', async () => {
  const host = await spawnHost({
    yaml: `
defaults: { auth: anonymous }
servers: { own: { module: ./inlined/index.mjs }, installed: { module: ./scoped-v2.mjs } }
`,
    files: { [join('inlined', 'index.mjs')]: await inlined('scoped-v2.mjs') },
  });
  const base = await host.url();
  const { headers, body } = modern({
    method: 'tools/call',
    params: { name: 'sign', arguments: {} },
  });
  const [own, installed] = await Promise.all(
    ['own', 'installed'].map((name) =>
      fetch(`${base}/${name}/mcp`, { method: 'POST', headers, body }),
    ),
  );
  expect(own?.status).toBe(403);
  expect(installed?.status).toBe(403);
  expect(await own?.json()).toEqual(await installed?.json());
});
