// The data of a server that a page shows.

import { type ClientEntry, entriesFor } from '../../clients/client-entries.ts';
import type { ServerConfig } from '../../config/schema.ts';
import type { BackendState, Declarations } from '../exchange/backend.ts';
import type { JsonObject } from '../exchange/exchange.ts';
import type { PageView } from '../exchange/page.ts';

export interface ShownState {
  readonly tone: 'good' | 'rest' | 'bad';
  readonly text: string;
}

export interface ShownServer {
  readonly config: ServerConfig;
  readonly view: PageView;
  /** How clients reach it. */
  readonly entry: ClientEntry;
  /** Whether somebody checks keys there. */
  readonly checksKeys: boolean;
  readonly title: unknown;
  readonly description: unknown;
  /** Undefined where it is not shown. */
  readonly state?: ShownState | undefined;
  /** Undefined where they are not shown, or not known. */
  readonly tools?: readonly JsonObject[] | undefined;
}

export interface ShowOptions {
  readonly config: ServerConfig;
  readonly view: PageView;
  readonly declarations: Declarations | undefined;
  readonly state?: ShownState | undefined;
  readonly entry: ClientEntry;
  readonly checksKeys: boolean;
}

/** Where only the way to sign in is shown, nothing that the server says of itself is taken. */
export function showServer({ declarations, state, ...parts }: ShowOptions): ShownServer {
  const { config, view } = parts;
  const { name, title, description } = config;
  if (view === 'sign-in') return { ...parts, title: title ?? name, description: undefined };
  const info = declarations?.serverInfo ?? {};
  return {
    ...parts,
    title: title ?? textOf(info.title) ?? name,
    description: description ?? info.description,
    state,
    tools: declarations?.tools,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

export function entryOf(config: ServerConfig, baseUrl: string, isLocal: boolean): ClientEntry {
  const [entry] = entriesFor(isLocal ? 'local' : 'remote', baseUrl, [config], true);
  return entry as ClientEntry;
}

const STATES: Readonly<Record<BackendState['is'], ShownState>> = {
  serving: { tone: 'good', text: 'Serving' },
  idle: { tone: 'rest', text: 'Idle: its first call starts it' },
  starting: { tone: 'rest', text: 'Starting' },
  restarting: { tone: 'rest', text: 'Restarting' },
  unavailable: { tone: 'bad', text: 'Unavailable' },
};

/** @param isLocal whether reasons are told, which are for who runs the host. */
export function stateOf({ is, word, absentMembers }: BackendState, isLocal: boolean): ShownState {
  const state = STATES[is];
  if (absentMembers?.length) {
    const which = isLocal ? `, without ${absentMembers.join(', ')}` : '';
    return { tone: 'rest', text: `Serving in part${which}` };
  }
  return isLocal && word ? { ...state, text: `${state.text}: ${word}` } : state;
}
