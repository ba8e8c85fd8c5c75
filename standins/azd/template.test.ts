// Which parameters get which value from main.parameters.json and the azd environment.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in main.parameters.json.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AzdEnvironment } from './environment.ts';
import { type CompiledTemplate, parameterFaults, resolveParameters } from './template.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'azd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

type Parameter = CompiledTemplate['parameters'][string];

const templateOf = (parameters: Record<string, Parameter>): CompiledTemplate => ({
  parameters,
  outputs: {},
  resources: [],
});

test.each<[string, Parameter, string, Record<string, string>, unknown]>([
  ['a text', { type: 'string' }, 'a-${NAME}', { NAME: 'b' }, 'a-b'],
  ['a number', { type: 'int' }, '${NAME}', { NAME: '12' }, 12],
  ['no number', { type: 'int' }, '${NAME}', { NAME: 'x' }, undefined],
  ['true', { type: 'bool' }, '${NAME}', { NAME: 'TRUE' }, true],
  ['false', { type: 'bool' }, '${NAME}', { NAME: 'no' }, false],
  ['an object', { type: 'secureObject' }, '${NAME}', { NAME: '{"a":1}' }, { a: 1 }],
  ['an unset variable', { type: 'string', defaultValue: 'd' }, '${NAME}', {}, undefined],
  ['an empty one with a default', { type: 'string', defaultValue: 'd' }, '', {}, ''],
  ['an empty one without', { type: 'string', defaultValue: '' }, '', {}, undefined],
])('%s', (_, parameter, written, variables, value) => {
  const folder = newFolder();
  mkdirSync(join(folder, 'infra'));
  writeFileSync(
    join(folder, 'infra/main.parameters.json'),
    JSON.stringify({ parameters: { it: { value: written } } }),
  );
  const resolved = resolveParameters(
    templateOf({ it: parameter }),
    folder,
    (name) => variables[name],
  );
  expect(resolved.values.it).toEqual(value);
  const isMissing = value === undefined && parameter.defaultValue === undefined;
  expect(resolved.missing).toEqual(isMissing ? ['it'] : []);
});

test.each<[string, Parameter, unknown]>([
  ['not among the allowed values', { type: 'string', allowedValues: ['a'] }, 'b'],
  ['too small', { type: 'int', minValue: 2 }, 1],
  ['too long', { type: 'string', maxLength: 2 }, 'abc'],
])('a value that is %s is a fault', (_, parameter, value) => {
  const template = templateOf({ it: parameter });
  expect(parameterFaults(template, { it: value })).toEqual(['The value of it is not valid']);
  expect(parameterFaults(template, { other: value })).toEqual(['other is no parameter']);
});

test('the environment of azd wins over that of the shell, and hooks see both', () => {
  const environment = new AzdEnvironment(newFolder(), { A: 'shell', B: 'shell' });
  environment.select(() => 'dev');
  environment.write({ A: 'azd' });
  expect([environment.lookup('A'), environment.lookup('B')]).toEqual(['azd', 'shell']);
  expect(environment.forHooks).toMatchObject({ A: 'azd', B: 'shell', AZURE_ENV_NAME: 'dev' });
});
