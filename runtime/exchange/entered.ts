// Records what the main thread is running, in memory that another thread can read while the main
// thread is blocked.

import { setImmediate } from 'node:timers';

const { store, load, add } = Atomics;

/** Of an operation's text; the rest of a longer one is left out. */
const MAX_TEXT = 128;
/** Of what runs at one moment; what is above is only counted. */
const MAX_RUNNING = 512;
const SLOTS = {
  beats: 0,
  isDebugged: 1,
  /** Place of what was entered last, and 1; 0 before the first one. */
  latest: 2,
  /** The same until it has ended or the event loop has turned; then 0. */
  fresh: 3,
  /** What runs and has no place. */
  unplaced: 4,
  count: 5,
} as const;
/** Of each place. */
const PLACE = {
  /** Index of the server, and 1; 0 before the first one. */
  server: 0,
  isRunning: 1,
  /** Characters of the operation. */
  length: 2,
  count: 3,
} as const;
const UNPLACED = -1;
/** A time limit, as a number that is read and written whole. */
const LIMIT_BYTES = 8;

/** Who may be to blame when the main thread is blocked. */
export interface Suspect {
  readonly server: string;
  /** See {@link operationOf}; absent while it was loaded or built, or ran a timer of its own. */
  readonly operation?: string;
}

/** The part of a server that reports what it is running. */
export interface Entering {
  /** A handler begins. @returns what {@link leave} takes. */
  enter(method: string, name: unknown): number;
  /** The factory begins. @returns what {@link leave} takes. */
  build(): number;
  /** What was entered, or the factory, has ended. */
  leave(place: number): void;
  /** The module of this file is imported from now on. */
  load(file: string): void;
  /** It is imported, or has failed. */
  loaded(): void;
}

/** The part of a request that shows what it runs. */
export interface Operation {
  readonly method: string;
  readonly params?: unknown;
}

/** Methods whose requests are noted with the name of the tool or prompt that they are for. */
export const NAMED_METHODS = ['tools/call', 'prompts/get'] as const;
export type NamedMethod = (typeof NAMED_METHODS)[number];

export function isNamedMethod(method: string): method is NamedMethod {
  return (NAMED_METHODS as readonly string[]).includes(method);
}

/**
 * The tool or prompt that a request is for. Other methods take any parameters, and are noted as a
 * whole: with a name that it makes up, a client would be noted as another operation each time.
 */
export function nameOf({ method, params }: Operation): unknown {
  if (!isNamedMethod(method)) return undefined;
  return (params as { name?: unknown } | undefined)?.name;
}

/** A request as notes name it: its method, and the tool or prompt where it has one. */
export function operationOf(operation: Operation): string {
  const name = nameOf(operation);
  const text = typeof name === 'string' ? `${operation.method} ${name}` : operation.method;
  return text.slice(0, MAX_TEXT);
}

/** What is written at a place, so that it need not be written again. */
interface Written {
  /** Undefined where nothing was, or too much to keep it here. */
  server: number | undefined;
  method: string;
  name: string | undefined;
}

export class Entered {
  readonly memory: SharedArrayBuffer;
  readonly #slots: Int32Array;
  readonly #loading: Int32Array;
  readonly #places: Int32Array;
  readonly #text: Uint16Array;
  readonly #limit: Float64Array;
  readonly #servers: readonly string[];
  /** The one that was freed last is taken first: the same call finds its own text there. */
  readonly #free: number[] = Array.from({ length: MAX_RUNNING }, (_, at) => MAX_RUNNING - 1 - at);
  readonly #written: Written[] = [];
  #isTurnAwaited = false;
  readonly #onTurn = (): void => {
    this.#isTurnAwaited = false;
    store(this.#slots, SLOTS.fresh, 0);
  };

  /** @param memory of another thread; default: new. */
  constructor(servers: readonly string[], memory?: SharedArrayBuffer) {
    const slotsEnd = LIMIT_BYTES + 4 * SLOTS.count;
    const loadingEnd = slotsEnd + 4 * servers.length;
    const placesEnd = loadingEnd + 4 * PLACE.count * MAX_RUNNING;
    this.memory = memory ?? new SharedArrayBuffer(placesEnd + 2 * MAX_TEXT * MAX_RUNNING);
    this.#limit = new Float64Array(this.memory, 0, 1);
    this.#slots = new Int32Array(this.memory, LIMIT_BYTES, SLOTS.count);
    this.#loading = new Int32Array(this.memory, slotsEnd, servers.length);
    this.#places = new Int32Array(this.memory, loadingEnd, PLACE.count * MAX_RUNNING);
    this.#text = new Uint16Array(this.memory, placesEnd, MAX_TEXT * MAX_RUNNING);
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
      leave: (place) => this.#leave(place),
      load: () => void store(this.#loading, at, 1),
      loaded: () => void store(this.#loading, at, 0),
    };
  }

  /** Servers that are imported at the moment. */
  loading(): Suspect[] {
    return this.#servers
      .filter((_, at) => load(this.#loading, at) === 1)
      .map((server) => ({ server }));
  }

  /** What was entered and has not ended. */
  running(): Suspect[] {
    return Array.from({ length: MAX_RUNNING }, (_, place) => place)
      .filter((place) => load(this.#places, PLACE.count * place + PLACE.isRunning) === 1)
      .flatMap((place) => this.#suspectAt(place) ?? []);
  }

  /** Whether {@link running} is complete. */
  get isComplete(): boolean {
    return load(this.#slots, SLOTS.unplaced) === 0;
  }

  /** What was entered last, also after it has ended. */
  latest(): Suspect | undefined {
    return this.#suspectAt(load(this.#slots, SLOTS.latest) - 1);
  }

  /** What was entered last, if it runs and the event loop has not turned since. */
  fresh(): Suspect | undefined {
    return this.#suspectAt(load(this.#slots, SLOTS.fresh) - 1);
  }

  #suspectAt(place: number): Suspect | undefined {
    const at = PLACE.count * place;
    const server = place < 0 ? undefined : this.#servers[load(this.#places, at + PLACE.server) - 1];
    if (server === undefined) return undefined;
    const begin = MAX_TEXT * place;
    const end = begin + load(this.#places, at + PLACE.length);
    const operation = String.fromCharCode(...this.#text.subarray(begin, end));
    return operation === '' ? { server } : { server, operation };
  }

  /** Allocates next to nothing: it is part of every call. */
  #enter(server: number, method: string, name: unknown): number {
    const place = this.#free.pop() ?? UNPLACED;
    if (place === UNPLACED) add(this.#slots, SLOTS.unplaced, 1);
    else this.#fill(place, server, method, name);
    store(this.#slots, SLOTS.latest, place + 1);
    store(this.#slots, SLOTS.fresh, place + 1);
    // One for all that is entered in a turn.
    if (!this.#isTurnAwaited) {
      this.#isTurnAwaited = true;
      setImmediate(this.#onTurn);
    }
    return place;
  }

  #leave(place: number): void {
    if (place === UNPLACED) {
      add(this.#slots, SLOTS.unplaced, -1);
      return;
    }
    this.#free.push(place);
    store(this.#places, PLACE.count * place + PLACE.isRunning, 0);
    if (load(this.#slots, SLOTS.fresh) === place + 1) store(this.#slots, SLOTS.fresh, 0);
  }

  #fill(place: number, server: number, method: string, name: unknown): void {
    const at = PLACE.count * place;
    const text = typeof name === 'string' ? name : undefined;
    this.#written[place] ??= { server: undefined, method: '', name: undefined };
    const written = this.#written[place];
    if (written.server !== server || written.name !== text || written.method !== method) {
      const begin = MAX_TEXT * place;
      let end = this.#write(method, begin, begin);
      if (text !== undefined) end = this.#write(text, this.#write(' ', end, begin), begin);
      store(this.#places, at + PLACE.length, end - begin);
      store(this.#places, at + PLACE.server, server + 1);
      // A name is the client's: at each place a long one would stay in memory.
      const isKept = end - begin < MAX_TEXT;
      written.server = isKept ? server : undefined;
      written.method = isKept ? method : '';
      written.name = isKept ? text : undefined;
    }
    store(this.#places, at + PLACE.isRunning, 1);
  }

  /** @param begin of the place. @returns where the text ends. */
  #write(text: string, from: number, begin: number): number {
    const end = Math.min(from + text.length, begin + MAX_TEXT);
    for (let at = from; at < end; at += 1) this.#text[at] = text.charCodeAt(at - from);
    return end;
  }
}
