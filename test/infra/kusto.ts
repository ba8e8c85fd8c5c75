// Microsoft's own Kusto parser, with the tables of Application Insights declared.

import '@kusto/language-service-next/bridge.min.js';
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js';
import { TABLES } from './kql-tables.ts';

/** The part of the parser that is used; it is a script that leaves a global behind. */
interface Kusto {
  readonly Language: {
    readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
    readonly KustoCode: { ParseAndAnalyze(text: string, globals: object): Analysed };
    readonly Symbols: {
      /** Overloads have numbers: by name and schema, by name and members. */
      readonly TableSymbol: {
        readonly $ctor7: new (name: string, schema: string, description: null) => object;
      };
      readonly DatabaseSymbol: { readonly ctor: new (name: string, members: object[]) => object };
    };
  };
}

interface Analysed {
  GetDiagnostics(): KustoList<{ readonly Message: string }>;
  readonly ResultType: {
    readonly Columns: KustoList<{
      readonly Name: string;
      readonly Type: { readonly Name: string };
    }>;
  };
}

interface KustoList<Item> {
  readonly Count: number;
  getItem(index: number): Item;
}

const { GlobalState, KustoCode, Symbols } = (globalThis as unknown as { Kusto: Kusto }).Kusto
  .Language;
const tables = Object.entries(TABLES).map(
  ([name, schema]) => new Symbols.TableSymbol.$ctor7(name, schema, null),
);
const globals = GlobalState.Default.WithDatabase(
  new Symbols.DatabaseSymbol.ctor('insights', tables),
);

function toArray<Item>(list: KustoList<Item>): Item[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}

/** What the parser finds wrong in a query: syntax, and names of tables, columns and functions. */
export function problemsOf(query: string): string[] {
  const diagnostics = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return toArray(diagnostics).map(({ Message }) => Message);
}

/** The columns that a query returns, and their types. */
export function columnsOf(query: string): Record<string, string> {
  const { Columns } = KustoCode.ParseAndAnalyze(query, globals).ResultType;
  return Object.fromEntries(toArray(Columns).map(({ Name, Type }) => [Name, Type.Name]));
}
