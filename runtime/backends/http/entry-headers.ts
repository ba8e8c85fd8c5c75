// The headers that an entry of servers.yaml sends with each request.

import { headerValue } from '../../../config/kind-formats.ts';
import { Unavailability } from '../../exchange/unavailability.ts';

/**
 * The value of a variable was not checked with the file.
 * @returns names in lower case. @throws Unavailability `invalid-setting`.
 */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const wrong = lower.find(([, value]) => headerValue.explain(value));
  if (!wrong) return Object.fromEntries(lower);
  throw new Unavailability(
    'invalid-setting',
    `\`headers.${wrong[0]}\`, with its variables filled in, is not one line of text. Fix: remove line breaks and other characters that a header cannot contain from the variables.`,
  );
}
