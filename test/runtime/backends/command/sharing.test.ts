// Who gets the same program, and that nobody gets what is another's.

import { describe, expect, onTestFinished, test } from 'vitest';
import { PLAIN } from '../../../../standins/openid-issuer/modes.ts';
import { openIssuer } from '../../../../standins/openid-issuer/openid-issuer.ts';
import { eventually } from '../../../eventually.ts';
import { postMany } from '../../post.ts';
import {
  type Caller,
  entry,
  hostPrograms,
  legacyCaller,
  modernCaller,
  sessionlessCaller,
} from './hosted.ts';

const pidOf = async (caller: Caller): Promise<string | undefined> =>
  (await caller.call('whoami')).text;

describe('per-session', () => {
  test('gives each session of the 2025 era its program for as long as it lasts', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
    const one = await legacyCaller(`${url}/mcp/mcp`);
    const other = await legacyCaller(`${url}/mcp/mcp`);
    await Promise.all([
      one.call('remember', { value: '1' }),
      other.call('remember', { value: '2' }),
    ]);
    expect((await one.call('recall')).text).toBe('1');
    expect((await other.call('recall')).text).toBe('2');
    expect(await pidOf(one)).toBe(await pidOf(one));
  });

  test('starts one program for requests that come at once', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
    const caller = await legacyCaller(`${url}/mcp/mcp`, { roots: {} });
    const pids = await Promise.all(Array.from({ length: 5 }, () => pidOf(caller)));
    expect(new Set(pids).size).toBe(1);
  });

  test.each(['function', 'anonymous'])(
    'with `auth: %s` keeps nothing between requests without a session',
    async (auth) => {
      const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { auth }) });
      const headers = { 'x-functions-key': 'one key of a whole company' };
      const callers = [
        modernCaller(`${url}/mcp/mcp`, {}, headers),
        modernCaller(`${url}/mcp/mcp`, {}, headers),
        sessionlessCaller(`${url}/mcp/mcp`, headers),
      ];
      for (const caller of callers) await caller.call('remember', { value: 'mine' });
      const recalled = await Promise.all(callers.map((caller) => caller.call('recall')));
      expect(recalled.map(({ text }) => text)).toEqual(['nothing', 'nothing', 'nothing']);
    },
  );

  test('keeps a program for a verified person, and none for an application', async () => {
    const issuer = await openIssuer(PLAIN);
    onTestFinished(() => issuer.stop());
    const jwt = { issuer: issuer.issuer, audience: 'notes' };
    const { url } = await hostPrograms(
      { mcp: entry('mcp.mjs', { auth: 'jwt', jwt }) },
      { environment: { publicBaseUrl: 'https://mcp.example.com' } },
    );
    const by = async (claims: object): Promise<Caller> => {
      const token = await issuer.token({ aud: 'notes', scope: 'notes', ...claims });
      return modernCaller(`${url}/mcp/mcp`, {}, { authorization: `Bearer ${token}` });
    };
    const people = await Promise.all(['ada', 'bob'].map((sub) => by({ sub })));
    for (const [index, person] of people.entries()) {
      await person.call('remember', { value: index });
    }
    for (const [index, person] of people.entries()) {
      expect((await person.call('recall')).text).toBe(String(index));
    }
    const application = await by({ sub: 'app', azp: 'app', idtyp: 'app' });
    await application.call('remember', { value: 'something' });
    expect((await application.call('recall')).text).toBe('nothing');
  });

  test('says at /readyz where it cannot tell callers apart', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { auth: 'function' }) });
    const ready = await fetch(`${url}/readyz`);
    // It rests until its first request, and that is no reason to send none.
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      servers: [
        { status: 'idle', note: expect.stringContaining('a separate program for each request') },
      ],
    });
  });

  test('tells the program who its client is', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
    const capabilities = { elicitation: { form: {} } };
    const caller = await legacyCaller(`${url}/mcp/mcp`, capabilities);
    const { text } = await caller.call('client');
    expect(JSON.parse(text ?? '')).toEqual({
      capabilities,
      info: { name: 'tester', version: '1' },
    });
  });
});

describe('per-request', () => {
  test('gives each request a program of its own, which ends after it', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'per-request' }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const pids = [await pidOf(caller), await pidOf(caller), await pidOf(caller)].map(Number);
    expect(new Set(pids).size).toBe(3);
    await eventually(() => {
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    });
  });

  test('uses a program that was started before the request, if it met such a client', async () => {
    const { url } = await hostPrograms({
      mcp: entry('mcp.mjs', { instance: 'per-request', spares: 1 }),
    });
    const capabilities = { elicitation: { form: {} } };
    const caller = await legacyCaller(`${url}/mcp/mcp`, capabilities);
    for (let round = 0; round < 3; round += 1) {
      const { text } = await caller.call('client');
      expect(JSON.parse(text ?? '').capabilities).toEqual(capabilities);
    }
    const plain = await legacyCaller(`${url}/mcp/mcp`);
    const { text } = await plain.call('client');
    expect(JSON.parse(text ?? '').capabilities).toEqual({});
  });

  test('tells a program that waits for a client the name of none before it', async () => {
    const { url } = await hostPrograms({
      mcp: entry('mcp.mjs', { instance: 'per-request', spares: 1 }),
    });
    const caller = await legacyCaller(`${url}/mcp/mcp`, { roots: {} });
    await eventually(async () => {
      const { text } = await caller.call('client');
      expect(JSON.parse(text ?? '')).toEqual({
        capabilities: { roots: {} },
        info: { name: 'functions-mcp-host', version: '1' },
      });
    });
  });
});

describe('shared', () => {
  test('gives everybody one program, which knows no client', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'shared' }) });
    const one = await legacyCaller(`${url}/mcp/mcp`, { elicitation: {} });
    const other = modernCaller(`${url}/mcp/mcp`);
    expect(await pidOf(one)).toBe(await pidOf(other));
    const { text } = await one.call('client');
    expect(JSON.parse(text ?? '').capabilities).toEqual({});
  });
});

describe('callers with equal ids', () => {
  test.each([
    ['shared', 1_000],
    ['per-session', 1_000],
    ['per-request', 1_000],
  ] as const)(
    'never meet in a program that is %s',
    async (instance, _rounds) => {
      const { url } = await hostPrograms({
        mcp: entry('mcp.mjs', { instance, ...(instance === 'per-request' && { spares: 8 }) }),
      });
      const callers = await Promise.all(
        Array.from({ length: 8 }, () => legacyCaller(`${url}/mcp/mcp`)),
      );
      let crossed = 0;
      let lost = 0;
      await postMany(1_000, 8, async (round) => {
        const value = `value ${round}`;
        const caller = callers[round % 8] as Caller;
        const params = { name: 'echo-later', arguments: { value, ms: round % 3 } };
        const answer = await caller.send('tools/call', params, 7);
        if (answer.text === undefined || answer.id !== 7) lost += 1;
        else if (answer.text !== value) crossed += 1;
      });
      expect({ crossed, lost }).toEqual({ crossed: 0, lost: 0 });
    },
    300_000,
  );
});
