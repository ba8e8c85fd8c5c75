// `tools` of servers.yaml on modules, and on a combination of two servers, in both eras: outside of the layer only published names exist.

import { describe, expect, it } from 'vitest';
import type { Observer, Observing } from '../../../../runtime/exchange/observer.ts';
import { type PostAnswer, post } from '../../post.ts';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { startHost, type TestHost } from '../../start-host.ts';

type Era = 'legacy' | 'modern';

interface Subject {
  readonly subject: string;
  readonly era: Era;
  /** What its tools are called where nothing is overridden. */
  readonly own: (tool: string) => string;
}

const MODULES = ['v1', 'v2'].flatMap((sdk) =>
  ['shared', 'per-request'].map((instance) => ({
    subject: `${sdk} ${instance}`,
    own: (tool: string) => tool,
  })),
);
const COMBINED = ['v1', 'v2', 'both'].map((sdk) => ({
  subject: `combined ${sdk}`,
  own: (tool: string) => `one_${tool}`,
}));
const SUBJECTS: readonly Subject[] = (['legacy', 'modern'] as const).flatMap((era) =>
  [...MODULES, ...COMBINED].map((each) => ({ ...each, era })),
);

const moduleOf = (sdk: string | undefined): string =>
  `module: ../../runtime/protocol/eras/servers/era-${sdk}.mjs`;

/** A host with the subject at /s/mcp. */
async function start(
  { subject }: Subject,
  tools: string,
  options: { readonly observing?: Observing } = {},
): Promise<TestHost> {
  const [first, second] = subject.split(' ');
  if (first !== 'combined') {
    return startHost({
      ...options,
      listen: true,
      yaml: `servers: { s: { ${moduleOf(first)}, instance: ${second}, auth: anonymous, tools: ${tools} } }`,
    });
  }
  const [one, two] = second === 'both' ? ['v1', 'v2'] : [second, second];
  return startHost({
    ...options,
    listen: true,
    yaml: `
defaults: { auth: anonymous }
servers:
  one: { ${moduleOf(one)}, instance: shared }
  two: { ${moduleOf(two)}, instance: shared }
  s: { combine: { one: {}, two: {} }, tools: ${tools} }
`,
  });
}

const send = (
  host: TestHost,
  era: Era,
  method: string,
  params: object = {},
): Promise<PostAnswer> => {
  const url = `${host.url}/s/mcp`;
  if (era === 'legacy') return post(url, { jsonrpc: '2.0', id: 1, method, params });
  const message = modernMessage(method, params);
  return post(url, message, modernHeaders(message));
};

const call = (host: TestHost, era: Era, name: string, args: object = {}): Promise<PostAnswer> =>
  send(host, era, 'tools/call', { name, arguments: args });

const listed = async (host: TestHost, era: Era) =>
  (await send(host, era, 'tools/list')).result?.tools as {
    name: string;
    title?: string;
    description?: string;
    annotations?: object;
  }[];

/** What is said of a name that no tool has, whatever it is. */
const unknown = ({ status, result, error }: PostAnswer, name: string) => ({
  status,
  isError: result?.isError,
  code: error?.code,
  text: JSON.stringify(result?.content ?? error?.message).replaceAll(name, '*'),
});

describe.each(SUBJECTS)('$subject, $era', (subject) => {
  const { era, own } = subject;
  const echo = own('echo');

  it('lists and calls a tool under its published name only', async () => {
    const host = await start(subject, `{ override: { ${echo}: { name: say } } }`);
    const names = (await listed(host, era)).map(({ name }) => name);
    expect(names).toContain('say');
    expect(names).not.toContain(echo);
    expect(await call(host, era, 'say', { text: 'hi' })).toMatchObject({ status: 200, text: 'hi' });
    const never = await call(host, era, 'never', { text: 'hi' });
    const hidden = await call(host, era, echo, { text: 'hi' });
    expect(unknown(hidden, echo)).toEqual(unknown(never, 'never'));
  });

  it('shows title, description and annotations in place of the server’s', async () => {
    const host = await start(
      subject,
      `{ override: { ${echo}: { title: Say it, description: Says it., annotations: { readOnlyHint: true } } } }`,
    );
    expect((await listed(host, era)).find(({ name }) => name === echo)).toMatchObject({
      title: 'Say it',
      description: 'Says it.',
      annotations: { readOnlyHint: true },
    });
    expect(await call(host, era, echo, { text: 'hi' })).toMatchObject({ text: 'hi' });
  });

  it('allows and denies published names and patterns, and denying wins', async () => {
    const host = await start(
      subject,
      `{ allow: ["s*y", "*log"], deny: ["*${own('log')}"], override: { ${echo}: { name: say } } }`,
    );
    const names = (await listed(host, era)).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('one_') || !name.includes('_'))).toEqual(['say']);
    expect(await call(host, era, 'say', { text: 'hi' })).toMatchObject({ text: 'hi' });
    const denied = own('log');
    expect(unknown(await call(host, era, denied), denied)).toEqual(
      unknown(await call(host, era, 'never'), 'never'),
    );
  });

  it('is known to its observer and to the log by the published name', async () => {
    const observed: unknown[] = [];
    const observer: Observer = {
      start: (server, { request }) => {
        if (server === 's') observed.push(request.params?.name);
        return { run: (work) => work(), note: () => {}, end: () => {} };
      },
      notified: () => {},
      refused: () => {},
    };
    const tools = `{ override: { ${echo}: { name: say } } }`;
    const host = await start(subject, tools, { observing: { observer } });
    await call(host, era, 'say', { text: 'hi' });
    expect(observed).toEqual(['say']);
    expect(host.logs.filter(({ msg }) => msg === 'request')).toEqual([
      expect.objectContaining({ server: 's', target: 'say', outcome: 'ok' }),
    ]);
  });

  it('is unavailable while two tools would have one name', async () => {
    const host = await start(subject, `{ override: { ${echo}: { name: ${own('wait')} } } }`);
    expect(await call(host, era, echo)).toMatchObject({
      status: 503,
      error: { data: { reason: 'unavailable' } },
    });
    const ready = (await (await fetch(`${host.url}/readyz`)).json()) as {
      servers: { name: string }[];
    };
    expect(ready.servers.find(({ name }) => name === 's')).toMatchObject({
      status: 'unavailable',
      reason: 'duplicate-tools',
    });
    expect(host.logs).toContainEqual(
      expect.objectContaining({ server: 's', detail: expect.stringMatching(/Two tools.*Fix: /) }),
    );
  });

  it('warns once of settings that match no tool', async () => {
    const host = await start(
      subject,
      `{ deny: [nothing, "no-*"], override: { absent: { name: there } } }`,
    );
    await listed(host, era);
    const warnings = host.logs.filter(({ server, level }) => server === 's' && level === 'warn');
    expect(warnings).toEqual([expect.objectContaining({ tools: ['nothing', 'no-*', 'absent'] })]);
  });

  it.runIf(era === 'modern')('checks marked arguments under the published name', async () => {
    const host = await start(subject, `{ override: { ${own('forecast')}: { name: weather } } }`);
    expect(await call(host, era, 'weather', { city: 'Oslo' })).toMatchObject({
      status: 400,
      error: { code: -32020 },
    });
  });
});
