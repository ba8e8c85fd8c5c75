// What is known about an MCP client, and the forms of entries that several share. In the texts, <name>, <url>, <client id>,
// <scopes> (a list), <scope> (the same in one text) and <key> stand for values of a server.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

/** A part of an entry: merged over the other parts, lists one behind the other. */
export interface Template {
  readonly [member: string]: string | number | boolean | readonly string[] | Template;
}

/** What a client reads, and how. */
export interface Client {
  /** For people. */
  readonly title: string;
  /**
   * The user's file by operating system; `~` is the home folder, `<config>` the folder of settings, `<xdg>`
   * XDG_CONFIG_HOME. Of several, the first one that is there. No row: not verified there.
   */
  readonly file?: Readonly<Partial<Record<'linux' | 'darwin' | 'win32', readonly string[]>>>;
  /** A variable that names another folder for the user's file. */
  readonly folderVariable?: 'CODEX_HOME' | 'CLAUDE_CONFIG_DIR';
  /** The file in a project. */
  readonly projectFile?: string;
  /**
   * What exists when the client is there, and its file may not; below the same folders as `file`.
   * Default: the first part of `file` below them.
   */
  readonly folder?: string;
  /** `toml-list`: an array of tables, in which an entry has its name in itself. */
  readonly format: 'json' | 'toml' | 'toml-list' | 'yaml';
  /** The key of the file that holds the entries. */
  readonly root: string;
  readonly entry: Template;
  /** Added only when the entry is new, and in the user's file: afterwards it is the owner's choice. */
  readonly atFirst?: Template;
  /** Added where the caller must send the key. */
  readonly key: Template;
  /** The client's own placeholder for the key. Without one the key would have to stand in the file. */
  readonly keyPlaceholder?: string;
  /** The file has `inputs`: questions whose answers the client keeps. */
  readonly asks?: true;
  /** Added for sign-in at Entra. None: the client has no such fields, or has a client id of its own. */
  readonly signIn?: Template;
  /** How a person signs in to a server afterwards: a command, or where to click. */
  readonly signInBy?: string;
  /** Install links: <entry>, <base64 entry> and <named entry> are encoded for an address. */
  readonly links?: readonly string[];
  /** Its links fail without a message for servers that need a key or sign-in, so these get none. */
  readonly linksOnlyOpen?: true;
  /** The client's own command; the second and third list are added for the key and for sign-in. */
  readonly command?: {
    readonly words: readonly string[];
    readonly key?: readonly string[];
    readonly signIn?: readonly string[];
  };
  readonly refusedNames?: readonly string[];
  /** Why entries are printed but never written. */
  readonly unverified?: string;
  /** Where a person puts an entry that is printed. Default: the file of the client. */
  readonly pasteInto?: string;
}

/** The same files on every system. */
export const everywhere = (...files: string[]) => ({ linux: files, darwin: files, win32: files });
/** The usual place of the key. */
export const KEY_HEADERS = { headers: { 'x-functions-key': '<key>' } } as const;
const TYPED = { type: 'http', url: '<url>' } as const;
/** The most common form. */
export const HTTP_SERVERS = {
  format: 'json',
  root: 'mcpServers',
  entry: TYPED,
  key: KEY_HEADERS,
} as const;
/** For clients that start programs only. */
export const BRIDGE = {
  format: 'json',
  root: 'mcpServers',
  entry: { command: 'npx', args: ['-y', 'mcp-remote@0.15.1', '<url>', '--transport', 'http-only'] },
  // Without a blank after the colon: some clients and Windows cut arguments at blanks.
  key: {
    args: ['--header', 'x-functions-key:${MCP_FUNCTION_KEY}'],
    env: { MCP_FUNCTION_KEY: '<key>' },
  },
  signIn: {
    args: [
      '--static-oauth-client-info',
      '{"client_id":"<client id>"}',
      '--static-oauth-client-metadata',
      '{"scope":"<scope>"}',
    ],
  },
} as const;
