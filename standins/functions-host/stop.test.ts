// The end of the Functions host, and how little of it the handler hears.

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ask, echo, openAnswer, send } from './fixtures/client.ts';
import { quickRetries, startFixture } from './fixtures/fixture-app.ts';

test('closes the door at once, lets requests in flight finish, then kills without a signal', async () => {
  const host = await startFixture({ drainTimeoutMs: 10_000 });
  const handlerUrl = `http://127.0.0.1:${host.handlerPort}`;
  const opened = openAnswer(host.url, '/keep-open/last');
  await ask(host.url, 'arrived', '/keep-open/last');
  await ask(host.url, 'write?text=first', '/keep-open/last');
  const stream = await opened;
  const stopping = host.stop();
  await expect(send(host.url, '/echo')).rejects.toThrow('ECONNREFUSED');
  await ask(handlerUrl, 'write?text=%20second', '/keep-open/last');
  // The answer that ends the drain may be the last thing this handler does.
  const ended = ask(handlerUrl, 'end', '/keep-open/last').catch(() => undefined);
  const text = (await stream.toArray()).join('');
  await Promise.all([stopping, ended]);
  expect(text).toBe('first second');
  await expect(send(handlerUrl, '/echo')).rejects.toThrow('ECONNREFUSED');
  expect(host.output.filter(({ text: line }) => /signal|exit hook/.test(line))).toEqual([]);
  expect(await host.stopped).toBe('Stopped');
});

test('cuts requests that are still in flight after the drain', async () => {
  const host = await startFixture({ drainTimeoutMs: 20 });
  const opened = openAnswer(host.url, '/keep-open/endless');
  await ask(host.url, 'arrived', '/keep-open/endless');
  await ask(host.url, 'write?text=first', '/keep-open/endless');
  const cut = once((await opened).resume(), 'error');
  await host.stop();
  expect((await cut)[0].code).toBe('ECONNRESET');
});

test('by Ctrl+C under `func start` reaches the handler as SIGINT too, and starts no other', async () => {
  const host = await startFixture({ drainTimeoutMs: 10_000, ...quickRetries });
  const hung = send(host.url, '/hang/short', { method: 'POST', body: 'x' });
  await ask(host.url, 'arrived', '/hang/short');
  await host.stop({ signal: 'SIGINT' });
  expect((await hung).status).toBe(500);
  expect((await host.outputLine(/^exit hook/)).text).toBe('exit hook 0');
  expect(host.starts).toBe(1);
});

test('by SIGKILL leaves the handler as an orphan on its port', async () => {
  const host = await startFixture({ separateParent: true });
  const parent = /ppid (\d+)/.exec((await host.outputLine(/^listening/)).text)?.[1];
  const opened = openAnswer(host.url, '/keep-open/cut');
  await ask(host.url, 'arrived', '/keep-open/cut');
  await ask(host.url, 'write?text=first', '/keep-open/cut');
  const cut = once((await opened).resume(), 'error');
  const orphan = await host.abandonHandler();
  expect((await cut)[0].code).toBe('ECONNRESET');
  await expect(send(host.url, '/echo')).rejects.toThrow('ECONNREFUSED');
  const { environment } = await echo(`http://127.0.0.1:${host.handlerPort}`, '/echo');
  expect(environment.FUNCTIONS_CUSTOMHANDLER_PORT).toBe(String(host.handlerPort));
  expect(orphan.pid).not.toBe(Number(parent));
  expect(() => process.kill(Number(parent), 0)).toThrow('ESRCH');
  await host.stop();
  await orphan.exited;
});

test('leaves an orphan alone that ends by itself', async () => {
  const host = await startFixture({ separateParent: true });
  await host.ready();
  const orphan = await host.abandonHandler();
  process.kill(orphan.pid, 'SIGTERM');
  await orphan.exited;
  expect((await host.outputLine(/^signal/)).text).toBe('signal SIGTERM');
});
