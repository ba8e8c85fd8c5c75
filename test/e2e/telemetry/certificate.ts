// A certificate for 127.0.0.1, made for this run: the exporter for Application Insights sends to
// https only.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly certFile: string;
}

let made: Certificate | undefined;

/** @throws when openssl is missing. */
export function certificate(): Certificate {
  made ??= make();
  return made;
}

function make(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-certificate-'));
  const keyFile = join(directory, 'key.pem');
  const certFile = join(directory, 'cert.pem');
  const { status, stderr } = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`These tests need openssl on the PATH.\n${stderr ?? ''}`);
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), certFile };
}
