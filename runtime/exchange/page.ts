// Web pages at the address of a server or at `/`: which requests get one, and what the visitor may
// see. The rest is loaded with the first page.

import type { ServerConfig } from '../../config/schema.ts';
import type { HostedServer } from './hosted-server.ts';
import { isListed } from './server-json.ts';

/** `full`: all that it declares. `sign-in`: its title, and how to sign in. */
export type PageView = 'full' | 'sign-in';

/** What a page is made of. */
export interface PageContent {
  readonly servers: readonly { readonly server: HostedServer; readonly view: PageView }[];
  /** Whether it is the page of one server; otherwise it lists all of them. */
  readonly isOfOne: boolean;
  /** Origin of the addresses on it. */
  readonly baseUrl: string;
  /** Whether it is shown on the machine of the host, where no one checks keys. */
  readonly isLocal: boolean;
}

/** An answer as a page. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whether an `Accept` names HTML, as browsers do. MCP clients that open a stream never get a page. */
export function wantsPage(accept: string | undefined): boolean {
  if (accept === undefined || !/text\/html/i.test(accept)) return false;
  if (/text\/event-stream/i.test(accept)) return false;
  return !/text\/html\s*;(?:[^,]*;)?\s*q\s*=\s*0(?:\.0*)?\s*(?:[;,]|$)/i.test(accept);
}

/**
 * @param seesAll whether the one who asks sits at the machine of the host.
 * @returns undefined when nothing is shown: a browser has no key of the Functions app.
 */
export function pageViewOf({ auth }: ServerConfig, seesAll: boolean): PageView | undefined {
  if (seesAll || auth === 'anonymous') return 'full';
  return auth === 'function' ? undefined : 'sign-in';
}

/** Whether `/` names a server: elsewhere, `registry: false` keeps its name from who does not know it. */
export function isOnList(server: ServerConfig, seesAll: boolean): boolean {
  return seesAll || isListed(server);
}
