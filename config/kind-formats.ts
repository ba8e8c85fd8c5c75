// Text formats of the keys that one kind of server has.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { isForbiddenHost } from './forbidden-address.ts';
import {
  environmentValue,
  hideCredentials,
  isSecure,
  type Problem,
  parseUrl,
  suggest,
  type TextFormat,
} from './formats.ts';
import { hasOnlyReferences, replaceReferences } from './references.ts';

/** A program: its name on PATH, or a file. */
export const commandName: TextFormat = {
  pattern: '^[^\\u0000-\\u001f\\u007f]{1,1000}$',
  explain(value): Problem | undefined {
    if (value.includes('${')) {
      return {
        expected: 'the name of a program or a file',
        fix: 'write the value itself; ${NAME} works only in args, env, headers and url',
      };
    }
    if (/^\S+\s+\S/.test(value) && !/[/\\]/.test(value)) {
      const [program, ...args] = value.trim().split(/\s+/);
      return {
        expected: 'the program only, because no shell runs this text',
        fix: `write command: ${program} with args: ${JSON.stringify(args)}`,
      };
    }
    if (new RegExp(this.pattern).test(value)) return undefined;
    return { expected: 'the name of a program or a file', fix: 'write for example "npx"' };
  },
};

/** A folder inside that of servers.yaml, so that it is deployed. */
export const workingFolder: TextFormat = {
  pattern: '^(?!.*(^|/)\\.\\.(/|$))(\\./)?[^/\\\\:\\u0000-\\u001f][^\\\\:\\u0000-\\u001f]*$',
  explain(value) {
    if (new RegExp(this.pattern).test(value)) return undefined;
    return {
      expected: 'a folder inside the folder of servers.yaml, such as "./servers/billing"',
      fix: value.includes('\\')
        ? `write "${value.replaceAll('\\', '/')}"`
        : 'move it there, and write its path relative to servers.yaml',
    };
  },
};

/** A variable that a program may inherit. */
export const inheritedName: TextFormat = {
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  explain(value) {
    if (new RegExp(this.pattern).test(value)) return undefined;
    return { expected: 'the name of a variable', fix: 'write for example "HTTPS_PROXY"' };
  },
};

/** The address of a server that runs elsewhere. */
export const upstreamUrl: TextFormat = {
  pattern: '^https?://[^\\s\\u0000-\\u001f\\u007f]+$',
  explain(value) {
    const expected =
      'an https address such as "https://crm.example.com/mcp" (http for this machine only)';
    if (!hasOnlyReferences(value)) {
      return { expected, fix: 'write ${NAME}, where NAME is a variable of the host' };
    }
    // The value of a reference is checked again once it is known.
    const filledWith = (text: string) => parseUrl(replaceReferences(value, () => text));
    // A name cannot be a port.
    const url = filledWith('x') ?? filledWith('8080');
    if (url?.username || url?.password) {
      return {
        expected,
        fix: 'move the user name and password to "headers"',
        ...hideCredentials(url),
      };
    }
    if (url?.hash) return { expected, fix: 'delete the # and everything after it' };
    if (url && isForbiddenHost(url.hostname)) {
      return {
        expected: 'the address of an MCP server, not of the metadata service of the cloud platform',
        fix: 'write the address of the MCP server',
      };
    }
    const isPlain = new RegExp(this.pattern).test(value);
    if (isPlain && url && isSecure(url)) return undefined;
    const repaired = url?.protocol === 'http:' ? value.replace('http:', 'https:') : undefined;
    return {
      expected,
      fix: suggest(repaired, new RegExp(this.pattern), 'write the whole address'),
    };
  },
};

/** Those that the host writes itself, or that belong to one connection. */
const OWN_HEADERS =
  /^(accept|accept-encoding|connection|content-.*|cookie|expect|host|keep-alive|mcp-.*|origin|proxy-.*|te|traceparent|tracestate|trailer|transfer-encoding|upgrade)$/i;

/** A header that an entry sends with each request. */
export const upstreamHeader: TextFormat = {
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$",
  explain(value) {
    if (!new RegExp(this.pattern).test(value)) {
      return { expected: 'the name of one header', fix: 'write for example "x-api-key"' };
    }
    if (!OWN_HEADERS.test(value)) return undefined;
    return { expected: 'a header that this host does not set itself', fix: 'delete it' };
  },
};

/** The value of a header. Problems never repeat it: it may be a secret. */
export const headerValue: TextFormat = {
  pattern: '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$',
  explain(value) {
    if (!new RegExp(this.pattern).test(value) || /[^\t\x20-\xff]/.test(value)) {
      return {
        expected: 'one line of text (RFC 9110, 5.5)',
        got: 'text with control characters or characters outside of ASCII',
        fix: 'remove them',
      };
    }
    return environmentValue.explain(value);
  },
};

/** What stands before `_` in the names of a member's tools. */
export const toolPrefix: TextFormat = {
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$',
  explain(value) {
    if (new RegExp(this.pattern).test(value)) return undefined;
    return {
      expected: 'a prefix of letters, digits and _ . - (1 to 32 characters)',
      fix: 'write for example "crm"',
    };
  },
};

/** The transport as files of clients name it. */
export const transportType: TextFormat = {
  pattern: '^(stdio|http|streamable-http)$',
  explain(value) {
    if (new RegExp(this.pattern).test(value)) return undefined;
    const meant = /^streamable/i.test(value) ? 'streamable-http' : 'stdio';
    return {
      expected: 'stdio, http or streamable-http',
      fix: /sse/i.test(value)
        ? 'ask the operator for the Streamable HTTP address of the server; this host does not support the older HTTP+SSE transport, which MCP has deprecated'
        : `write "${meant}", or delete the key`,
    };
  },
};

/** Who signs in to a server elsewhere. */
export const upstreamIdentity: TextFormat = {
  pattern: '^app$',
  explain(value) {
    if (value === 'app') return undefined;
    return {
      expected: 'app',
      fix:
        value === 'user'
          ? 'write "app"; signing in as the caller is not supported yet'
          : 'write "app"',
    };
  },
};
