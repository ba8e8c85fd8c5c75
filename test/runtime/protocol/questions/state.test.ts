// `requestState` of 2026-07-28: good once or until it is too old, for its caller, server, method
// and arguments only.

import { describe, expect, it, test, vi } from 'vitest';
import { HostError } from '../../../../runtime/exchange/refusals.ts';
import { UsedStates } from '../../../../runtime/protocol/questions/used-states.ts';
import { NONCE_LENGTH } from '../../../../runtime/protocol/seal.ts';
import type { PostAnswer } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';
import { postModern } from '../eras/modern.ts';
import {
  ADA,
  type Asking,
  again,
  answered,
  askingHost,
  begin,
  callOf,
  MODES,
  type Mode,
  REPLAYED,
  stopTime,
} from './asking.ts';

const FUNCTIONS = { behindFunctionsHost: true, stateKey: 'k'.repeat(32) };
const MINE = { headers: { 'x-functions-key': 'mine' } };

const refusal = {
  status: 200,
  error: { code: -32602, data: { reason: 'bad-request-state' } },
};

const outcome = ({ status, error }: PostAnswer): object => ({ status, error });

type Mounted = TestHost['servers'][number];

const other = (mode: Mode): Mode => MODES[(MODES.indexOf(mode) + 1) % MODES.length] as Mode;
const otherWay = (mode: Mode): Mode => MODES[(MODES.indexOf(mode) + 2) % MODES.length] as Mode;

/**
 * The last character of base64url carries unused bits, so the first of the seal's text is changed.
 */
const flip = (state: string, at: number): string => {
  const bytes = Buffer.from(state, 'base64url');
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes.toString('base64url');
};

/** What somebody may do to a state. */
const TAMPERED: [string, (state: string) => unknown][] = [
  ['a changed nonce', (state) => flip(state, 0)],
  ['a changed tag', (state) => flip(state, 12)],
  ['changed content', (state) => flip(state, 28)],
  ['its end cut off', (state) => state.slice(0, -4)],
  ['a text appended', (state) => `${state}AAAA`],
  ['padding appended', (state) => `${state}=`],
  ['a line break appended', (state) => `${state}\n`],
  ['the alphabet of plain base64', (state) => `${state.slice(0, -1)}+`],
  ['nothing in it', () => ''],
  ['text in it', () => 'not a state'],
  ['no text', () => 7],
  ['an object', () => ({})],
  ['null', () => null],
];

/** How the retry differs from the request that was asked. */
const FOREIGN: [string, (asking: Asking, mode: Mode) => [Asking, object?]][] = [
  [
    'another server',
    ([url, ...rest], mode) => [[url.replace(`/${mode}/`, `/${other(mode)}/`), ...rest]],
  ],
  [
    'the same server in the other way',
    ([url, ...rest], mode) => [[url.replace(`/${mode}/`, `/${otherWay(mode)}/`), ...rest]],
  ],
  ['another tool', ([url]) => [callOf(url, 'named', { text: 'x' })]],
  ['other arguments', ([url]) => [callOf(url, 'form', { text: 'y' })]],
  ['further arguments', ([url]) => [callOf(url, 'form', { text: 'x', more: 1 })]],
  ['further params', ([url, method, params]) => [[url, method, { ...params, more: 1 }]]],
  ['another method', ([url]) => [[url, 'prompts/get', { name: 'form', arguments: { text: 'x' } }]]],
  ['another key', (asking) => [asking, { headers: { 'x-functions-key': 'yours' } }]],
  ['no key', (asking) => [asking, { headers: {} }]],
];

const start = async (mode: Mode, settings?: string): Promise<Asking> => {
  const { url } = await askingHost(settings, FUNCTIONS);
  return callOf(`${url}/${mode}/mcp`, 'form', { text: 'x' });
};

describe.each(MODES)('%s', (mode) => {
  it.each(TAMPERED)(
    'refuses a state with %s, in band, and still takes the right one',
    async (_t, tamper) => {
      const asking = await start(mode);
      const round = await begin(asking, MINE);
      const retry = answered(round, () => ADA);
      const requestState = tamper(round.state);
      const { answer } = await again(asking, { ...retry, requestState }, MINE);
      expect(outcome(answer)).toMatchObject(refusal);
      expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
    },
  );

  it.each(FOREIGN)('refuses a state of %s, and still takes it in its place', async (_t, differ) => {
    const asking = await start(mode);
    const retry = answered(await begin(asking, MINE), () => ADA);
    const [changed, options] = differ(asking, mode);
    const { answer } = await again(changed, retry, options ?? MINE);
    expect(outcome(answer)).toMatchObject(refusal);
    expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
  });

  it('takes a state with another id, other metadata and its arguments in another order', async () => {
    const { url } = await askingHost();
    const path = `${url}/${mode}/mcp`;
    const round = await begin(callOf(path, 'form', { a: 1, b: { c: 2, d: [3] } }));
    const { requestState, inputResponses } = answered(round, () => ADA);
    const params = {
      inputResponses,
      arguments: { b: { d: [3], c: 2 }, a: 1 },
      requestState,
      name: 'form',
    };
    const options = { capabilities: { elicitation: {} }, id: 'other', meta: { traceparent: 'x' } };
    const answer = await postModern(path, 'tools/call', params, options);
    expect(answer.text).toBe('accept Ada');
  });

  it('refuses a state that is older than inputTimeoutMs', async () => {
    const asking = await start(mode, 'inputTimeoutMs: 30');
    const pass = stopTime();
    const retry = answered(await begin(asking, MINE), () => ADA);
    await pass(31);
    expect(outcome((await again(asking, retry, MINE)).answer)).toMatchObject(refusal);
  });

  it('takes a state that is as old as inputTimeoutMs allows', async () => {
    const asking = await start(mode, 'inputTimeoutMs: 30');
    const pass = stopTime();
    const retry = answered(await begin(asking, MINE), () => ADA);
    await pass(29);
    expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
  });

  it('tells nothing of the questions and the answers in a state', async () => {
    const asking = await start(mode);
    const { state } = await begin(asking, MINE);
    expect(Buffer.from(state, 'base64url').toString('latin1')).not.toMatch(/name|elicitation/);
    expect((await begin(asking, MINE)).state).not.toBe(state);
  });
});

describe.each(MODES)('%s', (mode) => {
  it('takes a state once', async () => {
    const asking = await start(mode);
    const retry = answered(await begin(asking, MINE), () => ADA);
    expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
    for (let time = 0; time < 5; time += 1) {
      expect(outcome((await again(asking, retry, MINE)).answer)).toMatchObject(refusal);
    }
  });

  it('takes a state once of six that arrive together', async () => {
    const asking = await start(mode);
    const retry = answered(await begin(asking, MINE), () => ADA);
    const all = await Promise.all(Array.from({ length: 6 }, () => again(asking, retry, MINE)));
    const texts = all.map(({ answer }) => answer.text ?? answer.error?.code);
    expect(texts.toSorted()).toEqual([...Array(5).fill(-32602), 'accept Ada']);
  });
});

test.each(REPLAYED)('%s: another instance with the same key takes a used state', async (mode) => {
  const asking = await start(mode);
  const retry = answered(await begin(asking, MINE), () => ADA);
  expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
  expect((await again(await start(mode), retry, MINE)).answer.text).toBe('accept Ada');
});

test('a state whose server cannot be reached is not used', async () => {
  const { url, servers } = await askingHost('', FUNCTIONS);
  const asking = callOf(`${url}/shared-replay/mcp`, 'form', { text: 'x' });
  const retry = answered(await begin(asking, MINE), () => ADA);
  const { backend } = servers.find(({ config }) => config.name === 'shared-replay') as Mounted;
  const unavailable = new HostError('unavailable', { retryAfterSeconds: 1 });
  const ready = vi.spyOn(backend, 'ready').mockRejectedValue(unavailable);
  expect((await again(asking, retry, MINE)).answer.error?.data).toMatchObject({
    reason: 'unavailable',
  });
  ready.mockRestore();
  expect((await again(asking, retry, MINE)).answer.text).toBe('accept Ada');
});

describe('used states', () => {
  const stateOf = (number: number) => String(number).padStart(NONCE_LENGTH, '0');

  test('are remembered as long as a state can be good, and not longer', async () => {
    const used = new UsedStates(30);
    const pass = stopTime();
    expect([used.use(stateOf(1)), used.use(stateOf(1))]).toEqual([true, false]);
    await pass(30);
    expect([used.use(stateOf(2)), used.use(stateOf(1))]).toEqual([true, false]);
    await pass(1);
    expect([used.use(stateOf(3)), used.use(stateOf(1))]).toEqual([true, true]);
  });

  test('are 10,000 of a server at most: then the oldest is forgotten', () => {
    const used = new UsedStates(60_000);
    for (let number = 0; number <= 10_000; number += 1) used.use(stateOf(number));
    expect([used.use(stateOf(1)), used.use(stateOf(0))]).toEqual([false, true]);
  });
});
