// docs/doctor.md says what the doctor knows: results, codes of Entra, and the request of each
// client.

import { expect, test } from 'vitest';
import { CLIENT_REQUESTS } from '../../cli/doctor/client-requests.ts';
import { ENTRA_CODES } from '../../cli/doctor/entra-codes.ts';
import { GROUPS, RESULTS } from '../../cli/doctor/row.ts';
import { runCli } from '../cli/run-cli.ts';
import { tableRows } from './markdown.ts';

const page = 'docs/doctor.md';
const column = (heading: string) => tableRows(page, heading).map(([first]) => first);

test('the page names every group and every result', () => {
  expect(column('group')).toEqual(GROUPS);
  expect(column('result')).toEqual(RESULTS);
});

test('the page has the exit codes of the help', async () => {
  const { out } = await runCli(['doctor', '--help']);
  const [, codes = ''] = out.join(' ').split('Exit codes: ');
  const named = [...codes.matchAll(/(?:^|, )(\d) /g)].map(([, code]) => code);
  expect(column('exit code')).toEqual(named);
});

test('the page has the codes, meanings and repairs that the doctor prints', () => {
  expect(tableRows(page, 'code')).toEqual(
    ENTRA_CODES.map(({ codes, meaning, fix }) => [codes.join(', '), meaning, fix]),
  );
});

test('the page has the clients that the doctor plays', () => {
  expect(tableRows(page, 'client')).toEqual(
    CLIENT_REQUESTS.map(({ client, redirectUri, basis }) => [client, redirectUri, basis]),
  );
});
