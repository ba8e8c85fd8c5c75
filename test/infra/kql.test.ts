// Every query of infra/monitoring is read by Microsoft's own Kusto parser, with the tables declared, and asks only for
// dimensions and metrics that this host writes.

import { readdirSync, readFileSync } from 'node:fs';
import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';
import { describe, expect, test } from 'vitest';
import { ATTRIBUTES, METRICS } from '../../runtime/telemetry/names.ts';
import { TABLES } from './kql-tables.ts';

const FOLDER = 'infra/monitoring';

/** The part of the parser that is used; it is a script that leaves a global behind. */
interface Kusto {
  readonly Language: {
    readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
    readonly KustoCode: {
      ParseAndAnalyze(text: string, globals: object): { GetDiagnostics(): KustoList };
    };
    readonly Symbols: {
      /** Overloads have numbers: by name and schema, by name and members. */
      readonly TableSymbol: {
        readonly $ctor7: new (name: string, schema: string, description: null) => object;
      };
      readonly DatabaseSymbol: { readonly ctor: new (name: string, members: object[]) => object };
    };
  };
}

interface KustoList {
  readonly Count: number;
  getItem(index: number): { readonly Message: string };
}

const { GlobalState, KustoCode, Symbols } = (globalThis as unknown as { Kusto: Kusto }).Kusto
  .Language;
const tables = Object.entries(TABLES).map(
  ([name, schema]) => new Symbols.TableSymbol.$ctor7(name, schema, null),
);
const globals = GlobalState.Default.WithDatabase(
  new Symbols.DatabaseSymbol.ctor('insights', tables),
);

function problemsOf(query: string): string[] {
  const diagnostics = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from(
    { length: diagnostics.Count },
    (_, index) => diagnostics.getItem(index).Message,
  );
}

const queries = readdirSync(FOLDER).filter((file) => file.endsWith('.kql'));

test('there are queries, and the parser finds what is wrong in one', () => {
  expect(queries.length).toBeGreaterThan(0);
  expect(problemsOf('requests | where durration > 1')).toHaveLength(1);
  expect(problemsOf('request | take 1')).toHaveLength(1);
  expect(problemsOf('requests | where (')).not.toEqual([]);
});

describe.each(queries)('%s', (file) => {
  const query = readFileSync(`${FOLDER}/${file}`, 'utf8');

  test('is a good query, with a line that says what it is for', () => {
    expect(problemsOf(query)).toEqual([]);
    expect(query).toMatch(/^\/\/ .*\.$/m);
  });

  test('asks for dimensions and metrics that are written', () => {
    const dimensions = [...query.matchAll(/customDimensions\["([^"]+)"\]/g)].map(
      ([, name]) => name,
    );
    expect(dimensions).not.toEqual([]);
    expect(Object.values(ATTRIBUTES)).toEqual(expect.arrayContaining(dimensions));
    const metrics = [...query.matchAll(/"((?:mcp\.host|mcp\.server\.operation|nodejs)\.[^"]+)"/g)];
    expect(Object.values(METRICS)).toEqual(expect.arrayContaining(metrics.map(([, name]) => name)));
  });

  test('counts rows by `itemCount`, which knows of sampling', () => {
    expect(query).not.toMatch(/\bcount(if)?\(/);
  });
});
