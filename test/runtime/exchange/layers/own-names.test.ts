// A published name in place of one that no header can carry: its server still gets a header that
// agrees with the body.

import { describe, expect, it } from 'vitest';
import { KINDS } from '../../backends/states/moody-host.ts';
import { post } from '../../post.ts';
import { callModern } from '../../protocol/eras/modern.ts';
import { startHost } from '../../start-host.ts';

describe.each(KINDS)('$sdk, $instance', ({ sdk, instance }) => {
  it.each(['größe', '大小', '=?size'])('calls %s under its published name', async (own) => {
    const factory = `module: ../../runtime/exchange/layers/own-names.mjs, export: create${sdk.toUpperCase()}`;
    const tools = `tools: { override: { "${own}": { name: size } } }`;
    const host = await startHost({
      listen: true,
      yaml: `servers: { names: { ${factory}, instance: ${instance}, auth: anonymous, ${tools} } }`,
    });
    const url = `${host.url}/names/mcp`;
    expect(await callModern(url, 'size')).toMatchObject({ status: 200, text: own });
    const params = { name: 'size', arguments: {} };
    const legacy = { jsonrpc: '2.0', id: 1, method: 'tools/call', params } as const;
    expect(await post(url, legacy)).toMatchObject({ status: 200, text: own });
  });
});
