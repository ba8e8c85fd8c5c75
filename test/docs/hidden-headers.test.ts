// docs/hidden-headers.md: names the headers that config/hidden-headers.ts hides, each in its
// section.

import { expect, test } from 'vitest';
import {
  isHidden,
  keyHeaders,
  passedHeader,
  platformHeaders,
} from '../../config/hidden-headers.ts';
import { readDocument } from './markdown.ts';

const [, platform = '', keys = ''] = readDocument('docs/hidden-headers.md').split(/^## .*$/m);

test('the page lists the headers of the platform, and no others', () => {
  const rows = platform.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
  expect(namesIn(rows.join('\n'))).toEqual(platformHeaders);
});

test('the page lists the headers that passHeaders can open, and no others', () => {
  expect(namesIn(keys.split('```yaml')[0] ?? '')).toEqual(keyHeaders);
});

test.each([...platformHeaders, ...keyHeaders])('%s is hidden, in each form', (written) => {
  for (const text of written.includes('*') ? ['x', 'x-y'] : ['']) {
    expect(isHidden(written.replaceAll('*', text), undefined)).toBe(true);
  }
});

test.each(platformHeaders)('%s cannot be opened', (written) => {
  const name = written.replace('*', 'any');
  expect(passedHeader.explain(name.toUpperCase())?.expected).toContain('platform');
  expect(isHidden(name, [name])).toBe(true);
});

test.each(keyHeaders)('%s can be opened', (written) => {
  const name = written.replace('*', 'x');
  expect(passedHeader.explain(name)).toBeUndefined();
  expect(isHidden(name, [name.toUpperCase()])).toBe(false);
});

test.each([
  'accept',
  'mcp-param-api-key',
  'mcp-protocol-version',
  'traceparent',
  'user-agent',
  'x-azure-functions-invocationid',
  'x-correlation-id',
  'x-forwarded-for',
  'idempotency-key',
])('%s is visible', (name) => expect(isHidden(name, undefined)).toBe(false));

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}
