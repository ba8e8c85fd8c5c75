// What the main thread entered last, in memory that another thread reads while this one stands
// still.

const { store, load, add } = Atomics;

/** Of an operation's text; the rest of a longer one is left out. */
const MAX_TEXT = 128;
const SLOTS = {
  beats: 0,
  isDebugged: 1,
  /** Handlers and factories that have not ended. */
  running: 2,
  /** Index of the server entered last, and 1; 0 before the first one. */
  server: 3,
  /** Characters of the operation. */
  length: 4,
  count: 5,
} as const;
/** A time limit, as a number that is read and written whole. */
const LIMIT_BYTES = 8;

/** Who may be to blame when the main thread stands still. */
export interface Suspect {
  readonly server: string;
  /** See {@link operationOf}; absent while the server was loaded or built. */
  readonly operation?: string;
}

/** A server, as it tells what it is at. */
export interface Entering {
  /** A handler begins. */
  enter(method: string, name: unknown): void;
  /** The factory begins. */
  build(): void;
  /** What was entered, or the factory, has ended. */
  leave(): void;
  /** The module is imported from now on. */
  load(): void;
  /** It is imported, or has failed. */
  loaded(): void;
}

/** What of a request tells what it runs. */
export interface Operation {
  readonly method: string;
  readonly params?: unknown;
}

/**
 * The tool or prompt that a request is for. Other methods take any parameters: with a name that it
 * makes up, a client would be noted as another operation each time.
 */
export function nameOf({ method, params }: Operation): unknown {
  if (method !== 'tools/call' && method !== 'prompts/get') return undefined;
  return (params as { name?: unknown } | undefined)?.name;
}

/** A request as notes name it: its method, and the tool or prompt where it has one. */
export function operationOf(operation: Operation): string {
  const name = nameOf(operation);
  const text = typeof name === 'string' ? `${operation.method} ${name}` : operation.method;
  return text.slice(0, MAX_TEXT);
}

export class Entered {
  readonly memory: SharedArrayBuffer;
  readonly #slots: Int32Array;
  readonly #loading: Int32Array;
  readonly #text: Uint16Array;
  readonly #limit: Float64Array;
  readonly #servers: readonly string[];
  #server = -1;
  #method = '';
  #name: unknown;

  /** @param memory of another thread; default: new. */
  constructor(servers: readonly string[], memory?: SharedArrayBuffer) {
    const slotsEnd = LIMIT_BYTES + 4 * SLOTS.count;
    const loadingEnd = slotsEnd + 4 * servers.length;
    this.memory = memory ?? new SharedArrayBuffer(loadingEnd + 2 * MAX_TEXT);
    this.#limit = new Float64Array(this.memory, 0, 1);
    this.#slots = new Int32Array(this.memory, LIMIT_BYTES, SLOTS.count);
    this.#loading = new Int32Array(this.memory, slotsEnd, servers.length);
    this.#text = new Uint16Array(this.memory, loadingEnd, MAX_TEXT);
    this.#servers = servers;
  }

  get beats(): number {
    return load(this.#slots, SLOTS.beats);
  }

  get isDebugged(): boolean {
    return load(this.#slots, SLOTS.isDebugged) === 1;
  }

  /** When the process has to be gone, by the clock of {@link process.hrtime}, ms; 0: never. */
  get endsAtMs(): number {
    return this.#limit[0] as number;
  }

  set endsAtMs(ms: number) {
    this.#limit[0] = ms;
  }

  beat(isDebugged: boolean): void {
    add(this.#slots, SLOTS.beats, 1);
    store(this.#slots, SLOTS.isDebugged, isDebugged ? 1 : 0);
  }

  of(server: string): Entering {
    const at = this.#servers.indexOf(server);
    return {
      enter: (method, name) => this.#enter(at, method, name),
      build: () => this.#enter(at, '', undefined),
      leave: () => void add(this.#slots, SLOTS.running, -1),
      load: () => void store(this.#loading, at, 1),
      loaded: () => void store(this.#loading, at, 0),
    };
  }

  /**
   * The last one entered; while servers are loaded, those too: the module that runs is not known
   * then.
   */
  suspects(): Suspect[] {
    const loading = this.#servers.filter((_, at) => load(this.#loading, at) === 1);
    const isRunning = load(this.#slots, SLOTS.running) > 0;
    const last = loading.length === 0 || isRunning ? this.#last() : undefined;
    const isNamed = (server: string): boolean => last?.server === server && !last.operation;
    const others = loading.filter((server) => !isNamed(server)).map((server) => ({ server }));
    return last ? [last, ...others] : others;
  }

  #last(): Suspect | undefined {
    const server = this.#servers[load(this.#slots, SLOTS.server) - 1];
    if (server === undefined) return undefined;
    const length = load(this.#slots, SLOTS.length);
    const operation = String.fromCharCode(...this.#text.subarray(0, length));
    return operation === '' ? { server } : { server, operation };
  }

  /** Allocates nothing: it is part of every call. */
  #enter(server: number, method: string, name: unknown): void {
    add(this.#slots, SLOTS.running, 1);
    if (server === this.#server && name === this.#name && method === this.#method) return;
    this.#server = server;
    this.#method = method;
    this.#name = name;
    let length = this.#write(method, 0);
    if (typeof name === 'string') length = this.#write(name, this.#write(' ', length));
    store(this.#slots, SLOTS.length, length);
    store(this.#slots, SLOTS.server, server + 1);
  }

  #write(text: string, from: number): number {
    const end = Math.min(from + text.length, MAX_TEXT);
    for (let at = from; at < end; at += 1) this.#text[at] = text.charCodeAt(at - from);
    return end;
  }
}
