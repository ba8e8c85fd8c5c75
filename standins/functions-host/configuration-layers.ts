// Settings as .NET sees them: flat `a:b:0` keys without case, later layers over earlier ones. That
// flatness is why `routes[0]` of host.json replaces the profile's route and `routes[1]` appends.

const settingPrefix = 'azurefunctionsjobhost__';

/** One layer: colon-separated key in lower case, value as text. */
export type SettingsLayer = ReadonlyMap<string, string>;

/** Flattens parsed JSON into one layer; `null` leaves no trace. */
export function layerFromJson(value: unknown): SettingsLayer {
  const layer = new Map<string, string>();
  flatten(value, '', layer);
  return layer;
}

function flatten(value: unknown, key: string, into: Map<string, string>): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object') {
    into.set(key, String(value));
    return;
  }
  for (const [name, child] of Object.entries(value)) {
    const path = key === '' ? name : `${key}:${name}`;
    flatten(child, path.toLowerCase(), into);
  }
}

/** The layer of `AzureFunctionsJobHost__a__b` variables. */
export function layerFromEnvironment(environment: Readonly<Record<string, string>>): SettingsLayer {
  const layer = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(settingPrefix)) continue;
    layer.set(lower.slice(settingPrefix.length).replaceAll('__', ':'), value);
  }
  return layer;
}

/** Layers as one, lowest first. */
export class Settings {
  readonly #values: ReadonlyMap<string, string>;

  constructor(layers: readonly SettingsLayer[]) {
    this.#values = new Map(layers.flatMap((layer) => [...layer]));
  }

  /** The value at `a:b`, in any case. */
  text(key: string): string | undefined {
    return this.#values.get(key.toLowerCase());
  }

  /** Whether anything lies at or below `a:b`. */
  has(key: string): boolean {
    const lower = key.toLowerCase();
    return [...this.#values.keys()].some((name) => name === lower || name.startsWith(`${lower}:`));
  }

  /** The element keys of a list, in index order: `a:b:0`, `a:b:1`, … */
  elements(key: string): string[] {
    const lower = key.toLowerCase();
    const names = [...this.#values.keys()]
      .filter((name) => name.startsWith(`${lower}:`))
      .map((name) => name.slice(lower.length + 1).split(':')[0] ?? '');
    return [...new Set(names)]
      .sort((one, other) => Number(one) - Number(other))
      .map((name) => `${lower}:${name}`);
  }
}
