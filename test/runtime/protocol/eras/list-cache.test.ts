// Lists with `cacheScope: public` and a `ttlMs` are answered by the host, in both eras, until they
// change or are old.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { type PostAnswer, post } from '../../post.ts';
import {
  callModern,
  freshHostOf,
  listsOf,
  MOUNTS,
  type Mount,
  postModern,
  seenBy,
} from './modern.ts';

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const;
const SHARED: Mount[] = ['v1-shared', 'v2-shared'];

const listLegacy = (url: string, method: string, params: object = {}): Promise<PostAnswer> =>
  post(url, { jsonrpc: '2.0', id: 1, method, params });

interface Tools {
  readonly tools: readonly { readonly name: string }[];
}

/** How many lists and servers the module made while `work` ran. */
async function made(mount: Mount, work: () => Promise<unknown>) {
  const seen = await seenBy(mount);
  const { listed, builds } = seen;
  await work();
  return { listed: seen.listed - listed, builds: seen.builds - builds };
}

type List = (url: string, method: string) => Promise<PostAnswer>;

/** What `second` gets is what it gets from a host that keeps nothing, whoever asked first. */
async function expectOwnForm(
  start: (settings: string) => Promise<string>,
  first: List,
  second: List,
): Promise<void> {
  const fresh = await start('ttlMs: 60000, cacheScope: private');
  const kept = await start('ttlMs: 60000, cacheScope: public');
  for (const method of LISTS) {
    await first(kept, method);
    const answer = await second(kept, method);
    const expected = await second(fresh, method);
    const hints = expected.result?.cacheScope ? { cacheScope: 'public' } : {};
    expect(answer.result).toEqual({ ...expected.result, ...hints });
  }
}

describe.each(MOUNTS)('%s', (mount) => {
  const start = async (settings: string): Promise<string> =>
    `${(await freshHostOf(settings)).url}/${mount}/mcp`;

  it('is asked for no list and builds no server while its lists are kept', async () => {
    const url = await start('ttlMs: 60000, cacheScope: public');
    for (const method of LISTS) {
      await postModern(url, method);
      await listLegacy(url, method);
    }
    const count = await made(mount, async () => {
      for (const method of LISTS) {
        await postModern(url, method);
        await listLegacy(url, method);
        await post(url, {
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: { protocolVersion: '2025-11-25' },
        });
        await post(url, { jsonrpc: '2.0', id: 1, method: 'ping' });
        await postModern(url, 'server/discover');
      }
    });
    expect(count).toEqual({ listed: 0, builds: 0 });
  });

  it.each([
    ['private', 'ttlMs: 60000, cacheScope: private'],
    ['public without a time', 'ttlMs: 0, cacheScope: public'],
  ])('is asked for every list when they are %s', async (_title, settings) => {
    const url = await start(settings);
    const count = await made(mount, async () => {
      for (const method of [...LISTS, ...LISTS]) await postModern(url, method);
    });
    expect(count.listed).toBe(2 * LISTS.length);
  });

  it('is asked again when a list is older than ttlMs', async () => {
    const url = await start('ttlMs: 1, cacheScope: public');
    await postModern(url, 'tools/list');
    await eventually(async () => {
      const count = await made(mount, () => postModern(url, 'tools/list'));
      expect(count.listed).toBe(1);
    });
  });

  it('answers 2026-07-28 in its own form when the 2025 era asks first', () =>
    expectOwnForm(start, listLegacy, postModern));

  it('answers the 2025 era in its own form when 2026-07-28 asks first', () =>
    expectOwnForm(start, postModern, listLegacy));

  it('keeps pages apart', async () => {
    const url = await start('ttlMs: 60000, cacheScope: public');
    const first = await postModern(url, 'tools/list');
    for (const list of [postModern, listLegacy]) {
      // Kept pages of made-up cursors would fill the memory.
      const cursor = 'x'.repeat(1_000_000);
      for (let time = 0; time < 2; time += 1) {
        const count = await made(mount, () => list(url, 'tools/list', { cursor }));
        expect(count.listed).toBe(1);
      }
    }
    expect((await postModern(url, 'tools/list')).body).toBe(first.body);
  });
});

describe.each(SHARED)('%s', (mount) => {
  it.each([
    ['tools', ['tools/list']],
    ['prompts', ['prompts/list']],
    ['resources', ['resources/list', 'resources/templates/list']],
    ['static', []],
  ])('forgets only what a change of %s concerns', async (what, forgotten) => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public');
    const path = `${url}/${mount}/mcp`;
    for (const method of LISTS) await postModern(path, method);
    await callModern(path, 'change', { what: [what] });
    for (const method of LISTS) {
      const { listed } = await made(mount, () => postModern(path, method));
      expect({ method, listed }).toEqual({ method, listed: Number(forgotten.includes(method)) });
    }
  });
});

describe.each(SHARED)('%s', (mount) => {
  it('is asked again for a list that changed while it was made, in both eras', async () => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public');
    const path = `${url}/${mount}/mcp`;
    const [lists, seen] = [await listsOf(mount), await seenBy(mount)];
    for (const list of [postModern, listLegacy]) {
      let release = (): void => {};
      lists.hold = new Promise((resolve) => {
        release = resolve;
      });
      const before = seen.listed;
      const listing = list(path, 'tools/list');
      await eventually(() => expect(seen.listed).toBe(before + 1));
      await callModern(path, 'change', { what: ['tools'] });
      release();
      expect((await listing).status).toBe(200);
      const counts = [
        await made(mount, () => list(path, 'tools/list')),
        await made(mount, () => list(path, 'tools/list')),
      ];
      expect(counts.map(({ listed }) => listed)).toEqual([1, 0]);
    }
  });
});

describe.each(['v1-shared', 'v1-per-request'] as const)('%s', (mount) => {
  it('is asked for every list that it calls private itself', async () => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public');
    (await listsOf(mount)).hints = { ttlMs: 5_000, cacheScope: 'private' };
    const path = `${url}/${mount}/mcp`;
    for (const list of [postModern, listLegacy]) {
      await list(path, 'tools/list');
      expect((await made(mount, () => list(path, 'tools/list'))).listed).toBe(1);
    }
  });

  it('keeps the pages that it links itself', async () => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public');
    (await listsOf(mount)).hints = { nextCursor: 'page 2' };
    const path = `${url}/${mount}/mcp`;
    for (const list of [postModern, listLegacy]) {
      await list(path, 'tools/list');
      await list(path, 'tools/list', { cursor: 'page 2' });
      const count = await made(mount, async () => {
        await list(path, 'tools/list');
        await list(path, 'tools/list', { cursor: 'page 2' });
      });
      expect(count.listed).toBe(0);
    }
  });

  it('is asked again when a list is older than it says itself', async () => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public');
    (await listsOf(mount)).hints = { ttlMs: 1, cacheScope: 'public' };
    const path = `${url}/${mount}/mcp`;
    await postModern(path, 'tools/list');
    await eventually(async () => {
      expect((await made(mount, () => postModern(path, 'tools/list'))).listed).toBe(1);
    });
  });
});

describe('lists that are filtered', () => {
  it.each(MOUNTS)('stay filtered when they are kept, in both eras (%s)', async (mount) => {
    const { url } = await freshHostOf('ttlMs: 60000, cacheScope: public, tools: { deny: [wait] }');
    const path = `${url}/${mount}/mcp`;
    for (const list of [postModern, listLegacy, postModern, listLegacy]) {
      const { result } = await list(path, 'tools/list');
      const names = (result as unknown as Tools).tools.map(({ name }) => name);
      expect(names).toEqual(['echo', 'forecast', 'own-meta', 'log', 'change']);
    }
  });
});
