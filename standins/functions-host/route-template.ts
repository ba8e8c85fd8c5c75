// The part of ASP.NET route templates that this project uses: literal segments, `{name}`, `{*name}`,
// `{*name:regex(...)}` and `{*name:regex(...)=default}`. Other constraints, optional parameters,
// other defaults and mixed segments (`a-{b}`) are refused, never half understood.

interface Segment {
  readonly kind: 'literal' | 'parameter' | 'catch-all';
  readonly text: string;
  readonly constraint: RegExp | undefined;
  /** What the constraint sees when the path has nothing there. */
  readonly defaultValue: string | undefined;
}

/** A parsed template. */
export type RouteTemplate = readonly Segment[];

/** The real host reports this template as an error of its function and goes on. */
export class InvalidRouteError extends Error {
  override readonly name = 'InvalidRouteError';
}

/**
 * Parses a template.
 *
 * @throws InvalidRouteError by the rules of host:
 * WebJobs.Script/Workers/Http/HttpWorkerFunctionProvider.cs
 * @throws Error for a template that is valid for ASP.NET but not implemented here.
 */
export function parseRouteTemplate(template: string): RouteTemplate {
  refuseInvalid(template);
  const segments = splitOutsideBraces(template).map(parseSegment);
  const catchAll = segments.findIndex((segment) => segment.kind === 'catch-all');
  if (catchAll !== -1 && catchAll !== segments.length - 1) {
    throw new InvalidRouteError('A catch-all parameter can only appear as the last segment.');
  }
  return segments;
}

function refuseInvalid(template: string): void {
  if (template === '') throw new InvalidRouteError('Route template is empty.');
  if (template.includes(' ')) throw new InvalidRouteError('Route template contains spaces.');
  if (template.includes('//')) throw new InvalidRouteError("Route template contains '//'.");
  if (template.includes('{}')) throw new InvalidRouteError("Route template contains '{}'.");
  let depth = 0;
  for (const character of template) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth < 0) break;
  }
  if (depth !== 0) throw new InvalidRouteError('Route template has unbalanced braces.');
}

function splitOutsideBraces(template: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const character of template.replace(/^\/|\/$/g, '')) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === '/' && depth === 0) segments.push('');
    else segments[segments.length - 1] += character;
  }
  return segments.filter((segment) => segment !== '');
}

function parseSegment(segment: string): Segment {
  if (!/[{}]/.test(segment)) {
    return { kind: 'literal', text: segment, constraint: undefined, defaultValue: undefined };
  }
  // A regular expression may end at `)=`, so one with `=` is not parsed here.
  const match = /^\{(\*{0,2})([a-z_][\w-]*)(?::regex\(([^=]*)\)(?:=([^=?]+))?)?\}$/i.exec(segment);
  if (!match || (match[1] === '' && match[4] !== undefined)) {
    throw new Error(`The stand-in does not implement the route segment ${segment}`);
  }
  // In .NET `$` also stands before a line feed at the end.
  const pattern = match[3]?.replaceAll('{{', '{').replaceAll('}}', '}').replace(/\$$/, '\\n?$');
  return {
    kind: match[1] === '' ? 'parameter' : 'catch-all',
    text: match[2] ?? '',
    constraint: pattern === undefined ? undefined : new RegExp(pattern, 'i'),
    defaultValue: match[4],
  };
}

/**
 * Whether a decoded path matches. An empty segment (`//`) matches nothing until the catch-all is
 * reached, a trailing slash is no segment, and a catch-all also matches no segment at all: then its
 * constraint sees the default value, and without one matches nothing
 * (aspnetcore: Http/Routing/src/Patterns/RoutePatternMatcher.cs; measured).
 */
export function matchesRoute(template: RouteTemplate, path: string): boolean {
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  for (const [index, segment] of template.entries()) {
    const part = parts[index];
    if (segment.kind === 'catch-all') {
      if (part === '') return false;
      const rest = path
        .split('/')
        .slice(index + 1)
        .join('/');
      return satisfies(segment, part === undefined ? segment.defaultValue : rest);
    }
    if (part === undefined || part === '') return false;
    if (segment.kind === 'literal') {
      if (part.toLowerCase() !== segment.text.toLowerCase()) return false;
    } else if (!satisfies(segment, part)) return false;
  }
  return parts.length === template.length;
}

function satisfies(segment: Segment, value: string | undefined): boolean {
  if (!segment.constraint) return true;
  return value !== undefined && segment.constraint.test(value);
}
