// The last step of `npm run build`: bundles the host into dist/main.js and the TypeScript servers
// of servers.yaml beside it. Loading their packages from some hundred files would take twice the
// CPU (`npm run bench -- --only startup`). MCP_SERVERS_FILE names another servers.yaml, as for the
// host. With its path as an argument, only its servers are bundled, into dist/ beside that file;
// with --host the host as well.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readServersFile } from '../config/env.ts';
import { bundle } from './bundle.ts';

/** This file runs in dist/build/. */
const HOST = join(import.meta.dirname, '../../runtime/main.ts');

const [other, flag] = process.argv.slice(2);
const serversFile = other === undefined ? readServersFile() : resolve(other);
const directory = other === undefined ? process.cwd() : dirname(serversFile);
const output = join(directory, 'dist');
try {
  const { files, copy, manifest, compiled, remarks } = await bundle({
    serversFile,
    directory,
    ...((other === undefined || flag === '--host') && { host: HOST }),
  });
  for (const stale of ['bundles', 'chunks', 'servers.json']) {
    rmSync(join(output, stale), { recursive: true, force: true });
  }
  for (const { fileName, text } of files) {
    mkdirSync(dirname(join(output, fileName)), { recursive: true });
    writeFileSync(join(output, fileName), text);
  }
  copy(output);
  if (files.length > 0)
    writeFileSync(join(output, 'bundles.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (compiled) writeFileSync(join(output, 'servers.json'), compiled);
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
