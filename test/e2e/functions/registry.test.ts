// The registry in processes of its own: behind the Functions host with the routes of Azure, and with `npm start` alone.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import { literalSettings, readSnapshot } from '../../infra/cases.ts';
import { expectServerJson } from '../../runtime/registry/server-schema.ts';
import { spawnHost } from '../spawn-host.ts';
import { startApp } from './app.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

function serversFile(registry: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const module = `${relative(folder, fixtures).replaceAll('\\', '/')}/kernel-v1.mjs`;
  const file = join(folder, 'servers.yaml');
  writeFileSync(
    file,
    `host: { registry: ${registry} }
servers:
  open: { module: "${module}", auth: anonymous, title: Open }
  keyed: { module: "${module}" }
`,
  );
  return file;
}
