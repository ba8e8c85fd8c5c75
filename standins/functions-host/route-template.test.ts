// Route templates, alone: what matches, what is invalid, what is not implemented.

import { expect, test } from 'vitest';
import { InvalidRouteError, matchesRoute, parseRouteTemplate } from './route-template.ts';

test.each([
  { template: '{*route}', path: '/', matches: true },
  { template: '{*route}', path: '/a/b', matches: true },
  { template: '{*route}', path: '//a', matches: false },
  { template: '{*route}', path: '/a//b', matches: true },
  { template: 'api/{*route}', path: '/API/x', matches: true },
  { template: 'weather/{*rest}', path: '/weather', matches: true },
  { template: 'weather/{*rest}', path: '/weather/', matches: true },
  { template: 'weather/{*rest}', path: '/weathers', matches: false },
  { template: 'a/{name}', path: '/a/b', matches: true },
  { template: 'a/{name}', path: '/a', matches: false },
  { template: 'a/{name}', path: '/a/b/c', matches: false },
  { template: 'a/b', path: '/a/b', matches: true },
  { template: 'a/b', path: '/a/b/', matches: true },
  { template: 'a/b', path: '/a', matches: false },
  { template: '{*path:regex(^(open)(/.*)?$)}', path: '/OPEN/x', matches: true },
  { template: '{*path:regex(^(open)(/.*)?$)}', path: '/opened', matches: false },
  { template: '{*path:regex(^a*$)}', path: '/', matches: false },
  { template: '{*path:regex(^(a|open)(/.*)?$)=a}', path: '/', matches: true },
  { template: '{*path:regex(^(a|open)(/.*)?$)=a}', path: '/open/x', matches: true },
  { template: '{*path:regex(^(a|open)(/.*)?$)=a}', path: '/x', matches: false },
  { template: '{*path:regex(^(a|open)(/.*)?$)=a}', path: '//', matches: false },
  { template: '{*path:regex(^(a|open)(/.*)?$)=a}', path: '//a', matches: false },
  { template: '{*path:regex(^(a|open)(/.*)?$)=x}', path: '/', matches: false },
  { template: 'api/{*path:regex(^a$)=a}', path: '/api', matches: true },
  { template: 'api/{*path:regex(^a$)=a}', path: '/api/', matches: true },
  { template: 'api/{*path:regex(^a$)=a}', path: '/api/b', matches: false },
  { template: 'api/{*path:regex(^a$)=a}', path: '/', matches: false },
  { template: '{name:regex(^\\d{{2}}$)}', path: '/42', matches: true },
  { template: '{name:regex(^\\d{{2}}$)}', path: '/421', matches: false },
])('$template on $path: $matches', ({ template, path, matches }) => {
  expect(matchesRoute(parseRouteTemplate(template), path)).toBe(matches);
});

test.each(['', 'a b', 'a//b', 'a/{}', 'a/{b', 'a/b}', '{*rest}/a'])(
  '"%s" is invalid',
  (template) => {
    expect(() => parseRouteTemplate(template)).toThrow(InvalidRouteError);
  },
);

test.each([
  'a-{b}',
  '{id:int}',
  '{b?}',
  '{b=c}',
  '{*b=c}',
  '{b:regex(^c$)=c}',
  '{*b:regex(^c$)=}',
  '{*b:regex(^c$)=c?}',
  '{*b:regex(^c=d$)}',
  '{*b:maxlength(0)}',
])('"%s" is refused by the stand-in', (template) => {
  expect(() => parseRouteTemplate(template)).toThrow('does not implement');
});
