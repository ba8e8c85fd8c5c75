// A registry on this machine from which the real npm installs: packages that the test writes.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFolder } from './run-cli.ts';

export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: object;
}

/** @returns variables for npm: this registry, and a cache and settings that nobody else has. */
export async function startRegistry(
  packages: readonly PublishedPackage[],
): Promise<NodeJS.ProcessEnv> {
  const answers = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const body = answers.get(decodeURIComponent(request.url ?? ''));
    response.writeHead(body ? 200 : 404).end(body ?? '{"error":"not found"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const each of packages) publish(each, url, answers);
  const home = mkdtempSync(join(tmpdir(), 'mcp-npm-'));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    ...{ HOME: home, USERPROFILE: home, APPDATA: home },
    ...{ npm_config_registry: url, npm_config_cache: join(home, 'cache') },
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
  };
}

function publish(
  { name, version, files, manifest = {} }: PublishedPackage,
  url: string,
  answers: Map<string, Buffer>,
): void {
  const content = { name, version, type: 'module', ...manifest };
  const inside = Object.entries({ ...files, 'package.json': JSON.stringify(content) });
  const folder = makeFolder(
    Object.fromEntries(inside.map(([path, text]) => [`package/${path}`, text])),
  );
  const { status } = spawnSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: folder });
  if (status !== 0) throw new Error('tar cannot pack');
  const tarball = readFileSync(join(folder, 'package.tgz'));
  const path = `/${name}/-/${version}.tgz`;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const versions = { [version]: { ...content, dist: { tarball: url + path, integrity } } };
  const document = { name, 'dist-tags': { latest: version }, versions };
  answers.set(path, tarball);
  answers.set(`/${name}`, Buffer.from(JSON.stringify(document)));
}
