// A handler that never ends keeps what it was given, but not the HTTP request and response of its
// caller.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { KINDS } from '../../backends/states/moody-host.ts';
import { post } from '../../post.ts';
import { callModern } from '../../protocol/eras/modern.ts';
import { startHost } from '../../start-host.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The requests and responses of this process's servers from now on. */
function watched(): WeakRef<object>[] {
  const refs: WeakRef<object>[] = [];
  const onStart = (message: unknown): void => {
    const { request, response } = message as { request: object; response: object };
    refs.push(new WeakRef(request), new WeakRef(response));
  };
  subscribe('http.server.request.start', onStart);
  onTestFinished(() => void unsubscribe('http.server.request.start', onStart));
  return refs;
}

describe.each(KINDS)('$sdk, $instance', ({ sdk, instance }) => {
  it.each(['legacy', 'modern'])('keeps no request of the %s era', async (era) => {
    const factory = `module: ../../runtime/exchange/faults/endless.mjs, export: create${sdk.toUpperCase()}`;
    const host = await startHost({
      listen: true,
      yaml: `servers: { endless: { ${factory}, instance: ${instance}, auth: anonymous, timeoutMs: 50 } }`,
    });
    const url = `${host.url}/endless/mcp`;
    const refs = watched();
    const params = { name: 'hang', arguments: {} };
    const hang = () =>
      era === 'modern'
        ? callModern(url, 'hang')
        : post(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    for (let calls = 1; calls <= 3; calls += 1) expect(await hang()).toMatchObject({ status: 504 });
    const abandoned = refs.slice();
    expect(host.servers[0]?.backend.abandonedHandlers).toBe(3);
    await eventually(async () => {
      // The connection keeps the last one that it carried.
      await post(url, { jsonrpc: '2.0', id: 1, method: 'ping' });
      collect();
      expect(abandoned.filter((ref) => ref.deref())).toHaveLength(0);
    });
  });
});
