// Reads the answer of an issuer to an authorize request, before anyone has signed in. It reports
// only what is certain: no error does not mean success, and an unknown page stays unknown.

import { type Answer, describe, readJson, type Unanswered } from './ask.ts';
import { explainEntraCode, findEntraCode } from './entra-codes.ts';
import { type Result, shown } from './row.ts';

export interface Verdict {
  readonly result: Result;
  readonly came: string;
  readonly fix?: string;
  /** The number after AADSTS of an error. */
  readonly code?: string;
  /** Nothing came: who asks again waits again. */
  readonly isSilent?: boolean;
}

/** @param sent redirect URI and state of the request */
export function judgeSignInAnswer(
  answer: Answer | Unanswered,
  sent: { readonly redirectUri: string; readonly state: string },
): Verdict {
  if ('failure' in answer) {
    return { result: 'unknown', came: answer.failure, fix: answer.fix, isSilent: true };
  }
  const { status, header } = answer;
  const location = header('location');
  if (status >= 300 && status < 400 && location !== undefined) {
    return judgeRedirect(location, sent) ?? untold(answer);
  }
  return judgePage(answer);
}

/** OAuth 2.1, 4.1.2: an answer goes to the redirect URI, with the state that was sent. */
function judgeRedirect(
  location: string,
  { redirectUri, state }: { redirectUri: string; state: string },
): Verdict | undefined {
  if (!URL.canParse(location)) return undefined;
  const { searchParams, hash } = new URL(location);
  const isOurs = location.split(/[?#]/)[0] === redirectUri.split(/[?#]/)[0];
  if (!isOurs) return undefined;
  const values = searchParams.size > 0 ? searchParams : new URLSearchParams(hash.slice(1));
  const error = values.get('error');
  if (error !== null) return refusal(error, values.get('error_description') ?? '');
  if (!values.has('code')) return undefined;
  if (values.get('state') === state) {
    return { result: 'expected', came: 'a code; this issuer signed in without showing a page' };
  }
  return {
    result: 'unknown',
    came: 'a code without the state that was sent',
    fix: 'clients refuse such an answer: check the issuer',
  };
}

function judgePage(answer: Answer): Verdict {
  // An error may stand in what was cut off.
  if (answer.isCut) return untold(answer);
  const { status, body } = answer;
  const code = codeOfPage(body);
  if (code !== undefined) return refusal(`page ${status}`, `AADSTS${code}`);
  if (status === 200 && pageMember(body, 'pgid') === 'ConvergedSignIn') {
    return { result: 'expected', came: 'the sign-in page, without an error before it' };
  }
  const { error, error_description: description } = readJson(answer) ?? {};
  // RFC 6749, 5.2, which some issuers also send here.
  if (typeof error === 'string') {
    return refusal(error, typeof description === 'string' ? description : '');
  }
  return untold(answer);
}

/**
 * Entra writes `$Config={…}` into its pages; the form is not promised. Texts of a page that has it
 * also name codes that did not occur, so only members are looked at there.
 */
function codeOfPage(body: string): string | undefined {
  if (!body.includes('$Config=')) return findEntraCode(body);
  const code = findEntraCode(pageMember(body, 'strServiceExceptionMessage') ?? '');
  const number = pageMember(body, 'sErrorCode') ?? '';
  return code ?? (/^\d{4,8}$/.test(number) ? number : undefined);
}

function pageMember(body: string, name: string): string | undefined {
  return new RegExp(`"${name}":"((?:[^"\\\\]|\\\\.)*)"`).exec(body)?.[1];
}

function refusal(error: string, description: string): Verdict {
  const code = findEntraCode(description);
  const known = code === undefined ? undefined : explainEntraCode(code);
  const said = code === undefined ? shown(`${error} ${description}`) : `AADSTS${code}`;
  return {
    result: 'problem',
    came: known === undefined ? said : `${said}: ${known.meaning}`,
    ...(code !== undefined && { code }),
    fix: known?.fix ?? 'look up this text in the documentation of the issuer',
  };
}

function untold(answer: Answer): Verdict {
  return {
    result: 'unknown',
    came: `unknown: ${describe(answer)}`,
    fix: 'the doctor does not know this page: sign in with the client, and read what the page says',
  };
}
