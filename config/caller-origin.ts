// The format of `allowedOrigins`: origins of web pages, apps and browser extensions.

import { parseUrl, suggest, type TextFormat, webOrigin } from './formats.ts';

/** Schemes of URLs whose documents never send their own origin: `null` at most. */
const schemesWithoutOrigin = [
  'blob',
  'data',
  'file',
  'filesystem',
  'ftp',
  'javascript',
  'ws',
  'wss',
];

/** The origin of an app or a browser extension, which has a scheme of its own. */
const appOrigin = `(?!(https?|${schemesWithoutOrigin.join('|')})://)[a-z][a-z0-9+.-]*://[A-Za-z0-9._~-]+(:[0-9]{1,5})?`;

/**
 * An `Origin` value: of a web page, or of an app or a browser extension, whose host keeps its
 * letter case.
 */
export const callerOrigin: TextFormat = {
  pattern: `${webOrigin.pattern}|^${appOrigin}$`,
  explain(value) {
    const accepted = new RegExp(this.pattern);
    const url = parseUrl(value);
    const origin = url && (url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin);
    if (origin === value && accepted.test(value)) return undefined;
    return {
      expected:
        'an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard',
      fix:
        value === 'null'
          ? 'delete it: any page can send the origin "null"'
          : suggest(origin, accepted, 'list each origin in full'),
    };
  },
};
