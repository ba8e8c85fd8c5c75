// Random JSON-RPC: whatever is posted is answered with 200, 202 or 4xx, in JSON-RPC, without a stack.
// RANDOM_BODIES sets how many, RANDOM_SEED where to start. `npm run soak` sends more.

import { describe, expect, it } from 'vitest';
import { post, postMany } from '../../post.ts';
import { MOUNTS, PATH, PING, sharedMounts } from './mounts.ts';
import { seeded } from './random.ts';
import { faultOf, RANDOM_YAML, randomBody, randomHeaders } from './random-messages.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { fixture } from './refusal.ts';

const COUNT = Number(process.env.RANDOM_BODIES ?? 2_000);
const SEED = Number(process.env.RANDOM_SEED ?? 20_260_728);

const mounts = sharedMounts({ yaml: RANDOM_YAML });

describe('random bodies', () => {
  it(`are all answered: ${COUNT} from seed ${SEED}`, async () => {
    const { url, logs } = mounts();
    const faults: unknown[] = [];
    const statuses = new Map<number, number>();
    await postMany(COUNT, 20, async (number) => {
      const random = seeded(SEED + number);
      const text = randomBody(random);
      const [path] = random.pick(MOUNTS);
      const sent = randomHeaders(random, text);
      const answer = await post(url + path, text, sent);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const fault = faultOf(answer, text);
      if (fault) faults.push({ seed: SEED + number, path, text, sent, fault });
    });
    expect(faults).toEqual([]);
    for (const status of [200, 202, 400, 404, 406])
      expect(statuses.get(status)).toBeGreaterThan(COUNT / 200);
    expect(logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    const probe = await post(url + PATH, PING);
    expect(probe.result).toEqual({});
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((await fixture('kernel-v1.mjs')).seen.calls).toBeGreaterThan(0);
  }, 600_000);

  it('are answered alike in whatever pieces they arrive', async () => {
    const { url } = mounts();
    const random = seeded(SEED);
    for (let number = 0; number < 60; number += 1) {
      const text = randomBody(random);
      const bytes = Buffer.from(postBytes(PATH, text), 'utf8');
      const [whole] = await openSocket(url, bytes.toString('latin1')).answers(1);
      const { socket, answers } = openSocket(url);
      socket.setNoDelay(true);
      for (let at = 0; at < bytes.length; ) {
        const length = number % 6 === 0 ? 1 : 1 + random.below(200);
        socket.write(bytes.subarray(at, at + length));
        at += length;
        if (random.oneIn(20)) await new Promise((resolve) => setImmediate(resolve));
      }
      const [pieces] = await answers(1);
      expect({ text, status: pieces?.status, body: pieces?.body }).toEqual({
        text,
        status: whole?.status,
        body: whole?.body,
      });
    }
  });
});
