// docs/gateway.md says what the policies, the hooks and the table of cases say.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { everyElement, parsePolicy } from '../../standins/gateway/policy-xml.ts';
import { apisOf } from '../../standins/gateway/snapshot-apis.ts';
import { ROWS } from '../gateway/table.ts';
import { readSnapshot } from '../infra/cases.ts';
import { tableRows } from './markdown.ts';
import { sampleEntries } from './sample-entries.ts';

const page = 'docs/gateway.md';

test('every SKU has its price and its limit, as the hooks and the template have them', () => {
  const rows = tableRows(page, 'SKU').map(([sku, price, most]) => [sku, price, most]);
  const hook = readFileSync('infra/hooks/gateway.mjs', 'utf8');
  const known = [...hook.matchAll(/\['(\w+)', \{ dollars: (\d+), apis: ([\w.]+) \}\]/g)].map(
    ([, sku, dollars, apis]) => {
      // Three APIs are for the documents, the registry and the list of the servers.
      const most = /^\d+$/.test(apis ?? '') ? String(Number(apis) - 3) : 'no page says';
      return [sku, `$${dollars}`, most];
    },
  );
  expect(rows).toEqual(known);
  const allowed = /@allowed\(\[(.*)\]\)\nparam apimSku/.exec(
    readFileSync('infra/main.bicep', 'utf8'),
  )?.[1];
  const skus = [...(allowed ?? '').matchAll(/'(\w+)'/g)].map(([, sku]) => sku);
  expect(skus).toEqual(['none', ...rows.map(([sku]) => sku)]);
});

test('the exceptions are those of the table of cases', () => {
  const reasons = new Set(ROWS.flatMap(({ differs }) => (differs ? [differs.because] : [])));
  expect(tableRows(page, 'what differs').map(([, because]) => because)).toEqual(
    expect.arrayContaining([...reasons]),
  );
  expect(tableRows(page, 'what differs')).toHaveLength(reasons.size);
});

test("the gateway's own answers are those of its policies", () => {
  const api = apisOf(readSnapshot('gateway')).find(({ name }) => name === 'mcp-notes');
  const made = everyElement(parsePolicy(api?.policy ?? '')).filter(
    ({ name }) => name === 'return-response',
  );
  const answers = made.map(({ children }) => {
    const status = children.find(({ name }) => name === 'set-status')?.attributes.code;
    const body = children.find(({ name }) => name === 'set-body')?.text;
    return `${status} ${body ? JSON.parse(body).error.data.reason : 'none'}`;
  });
  const documented = tableRows(page, 'status')
    .map(([status, , body]) => `${status} ${body}`)
    // Where no policy of ours runs.
    .filter((answer) => !answer.startsWith('404'));
  expect([...new Set(answers)].toSorted()).toEqual(documented);
});

test('the sample of servers.yaml for Entra is a good entry once its marks are gone', () => {
  const text = readFileSync('servers.yaml', 'utf8');
  const entry = sampleEntries.find((sample) => sample.includes('entra'));
  const { servers } = parseConfig(`${text}${entry}`, 'servers.yaml');
  expect(servers.map(({ name, auth }) => [name, auth])).toEqual([
    ['weather', 'function'],
    ['time', 'function'],
    ['weather-entra', 'entra'],
  ]);
});

test('README shows both ways side by side', () => {
  const [row] = tableRows('README.md', 'what');
  expect(row).toEqual(['choose it', 'azd env set APIM_SKU none', 'azd env set APIM_SKU BasicV2']);
});
