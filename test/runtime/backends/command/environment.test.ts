// What a program has of the host: the variables that everybody needs, what its entry says, a home
// folder that it can write to, and nothing else.

import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inheritedVariables } from '../../../../config/inherited.ts';
import { childEnvironment } from '../../../../runtime/backends/command/environment.ts';
import { TemporaryFolder } from '../../../../runtime/backends/command/temporary-folder.ts';
import { startFault } from './programs.ts';

const parent = mkdtempSync(join(tmpdir(), 'mcp-host-environment-'));
const folder = new TemporaryFolder(parent);

afterAll(() => rmSync(parent, { recursive: true, force: true }));

const NEEDED = {
  ...{ HOME: parent, PATH: '/bin', LANG: 'C', LC_ALL: 'C.UTF-8', LC_TIME: 'C', TZ: 'UTC' },
  ...{ TMPDIR: '/tmp', USER: 'me', LOGNAME: 'me', NODE_EXTRA_CA_CERTS: '/ca.pem' },
  ...{ SSL_CERT_FILE: '/certs.pem', SSL_CERT_DIR: '/certs' },
};

const PRIVATE = {
  ...{ MCP_HOST_STATE_KEY: 'x', AzureWebJobsStorage: 'x', IDENTITY_HEADER: 'x', MSI_SECRET: 'x' },
  ...{ APPLICATIONINSIGHTS_CONNECTION_STRING: 'x', WEBSITE_AUTH_ENCRYPTION_KEY: 'x' },
  ...{ FUNCTIONS_CUSTOMHANDLER_PORT: '1', AZURE_CLIENT_SECRET: 'x', OTHER_ENTRY_TOKEN: 'x' },
  ...{
    NODE_OPTIONS: '--inspect',
    XPATH: 'x',
    LCX: 'x',
    HOMEWORK: 'x',
    IDENTITY_ENDPOINT: 'x',
  },
};

test('a program inherits what everybody needs, and nothing of the host or of Azure', () => {
  expect(inheritedVariables({ ...NEEDED, ...PRIVATE }, 'linux')).toEqual(NEEDED);
});

test('on Windows also what its programs need, under one spelling', () => {
  const own = {
    ...{ Path: 'C:\\bin', SystemRoot: 'C:\\Windows', USERPROFILE: 'C:\\Users\\me', TEMP: 'C:\\t' },
    ...{ 'ProgramFiles(x86)': 'C:\\x', PATHEXT: '.EXE', ComSpec: 'C:\\cmd.exe', APPDATA: 'C:\\a' },
  };
  expect(inheritedVariables({ ...own, ...PRIVATE }, 'win32')).toEqual(
    Object.fromEntries(Object.entries(own).map(([name, value]) => [name.toUpperCase(), value])),
  );
});

test('the entry wins over what is inherited, and its env over its inheritEnv', () => {
  const texts = { inherited: { PROXY: 'host', TOKEN: 'host' }, env: { TOKEN: 'entry', TZ: 'CET' } };
  expect(childEnvironment({ inherited: NEEDED, texts, folder, platform: 'linux' })).toEqual({
    ...{ ...NEEDED, PROXY: 'host', TOKEN: 'entry', TZ: 'CET' },
  });
});

test('on Windows a name has one value, however it is spelled', () => {
  const inherited = { PATH: 'C:\\bin', USERPROFILE: parent };
  const texts = { inherited: {}, env: { Path: 'C:\\own', token: 'x' } };
  expect(childEnvironment({ inherited, texts, folder, platform: 'win32' })).toEqual({
    ...{ PATH: 'C:\\own', TOKEN: 'x', USERPROFILE: parent },
  });
});

test.each([
  ['missing', {}],
  ['not there', { HOME: '/no/such/home' }],
])('a home folder that is %s is replaced by one that can be written to', (_, inherited) => {
  const texts = { inherited: {}, env: {} };
  const { HOME = '' } = childEnvironment({ inherited, texts, folder, platform: 'linux' });
  expect(HOME.startsWith(parent)).toBe(true);
  expect(existsSync(HOME)).toBe(true);
  expect(statSync(folder.path()).mode & 0o077).toBe(0);
});

test('a real program has these variables and its folder, and no others', async () => {
  const { ask } = await startFault('environment', ['a b', '"$HOME"'], {
    env: NEEDED,
    cwd: parent,
  });
  const { result } = await ask('tell');
  expect(result).toEqual({ env: NEEDED, cwd: parent, args: ['a b', '"$HOME"'] });
});
