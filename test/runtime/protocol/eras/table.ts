// Tables of requests and the answer that each must get on every kind of backend.

import { expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { MOUNTS, modernHeaders, modernMessage, sharedHosts, VERSION } from './modern.ts';

export interface Row {
  readonly it: string;
  /** Default: `tools/list`. */
  readonly method?: string;
  readonly params?: object;
  /** Members of `_meta`; undefined takes one out. */
  readonly meta?: object;
  /** Headers; undefined takes one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /**
   * The whole body, when it is no request with an envelope; `headers` are then all that is sent.
   */
  readonly body?: object;
  readonly expected: Expected;
}

export interface Expected {
  readonly status: number;
  /** Absent: the answer is no error. */
  readonly code?: number;
  readonly data?: object;
}

export const METHOD = 'mcp-method';
export const NAME = 'mcp-name';
export const VERSION_HEADER = 'mcp-protocol-version';

export const served: Expected = { status: 200 };
export const mismatch: Expected = { status: 400, code: -32020 };
export const badEnvelope: Expected = { status: 400, code: -32602 };
export const unsupported = (requested: string): Expected => ({
  status: 400,
  code: -32022,
  data: { supported: [VERSION], requested },
});

/** One test per row; each asks all mounts. */
export function check(rows: readonly Row[]): void {
  const hostOf = sharedHosts();
  it.each(rows.map((row) => [row.it, row] as const))('%s', async (_title, row) => {
    const { url } = await hostOf();
    for (const mount of MOUNTS) {
      const answer = await send(`${url}/${mount}/mcp`, row);
      const { status, code, data } = row.expected;
      expect({ mount, status: answer.status, code: answer.error?.code }).toEqual({
        mount,
        status,
        code,
      });
      if (data) expect({ mount, data: answer.error?.data }).toMatchObject({ mount, data });
      // Only a handshake of the 2025 era has one.
      const isHandshake = answer.result?.protocolVersion !== undefined;
      expect(answer.headers['mcp-session-id'] === undefined).toBe(!isHandshake);
    }
  });
}

function send(url: string, row: Row): Promise<PostAnswer> {
  if (row.body) return post(url, row.body, row.headers as Record<string, string>);
  const message = modernMessage(row.method ?? 'tools/list', row.params, {
    ...(row.meta && { meta: row.meta }),
  });
  return post(url, message, modernHeaders(message, row.headers));
}
