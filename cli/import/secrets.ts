// What looks like a secret. Where it is not sure, it is one: a variable too many does no harm.

/** Words of a name that announce a secret. */
const SECRET_WORDS =
  /^(api|access|secret|private)?(key|token|secret|password|passwd|pwd|pass|passphrase|credentials?|auth|authorization|pat|jwt|cookie|dsn|sas)$/;

/** The same at the end of a word: PGPASSWORD, clientsecret. */
const SECRET_END = /(apikey|secret|password|passwd|passphrase|token)$/;

/** Parameters of addresses that let in whoever has them: of Azure Functions, and of signed addresses. */
const SECRET_PARAMETER = /^(code|sig|signature)$/i;

/** Last words of names whose values only describe a secret, or say where it is. */
const DESCRIPTIONS =
  /^(path|file|dir|folder|name|id|type|mode|scopes?|endpoint|limit|max|min|count|size|ttl|timeout|region|header|prefix|method|provider|enabled|required)$/;

/** Values that tell nothing to anybody. */
const PLAIN = /^(|true|false|yes|no|on|off|none|null|auto|default|\d{1,8}(\.\d+)?)$/i;

/** How keys and tokens of known services begin. */
const KNOWN_FORMS =
  /^(gh[oprsu]_|github_pat_|glpat-|sk-|[rs]k_(live|test)_|xox[a-z]-|xapp-|AKIA|ASIA|AIza|ya29\.|hf_|npm_|pypi-|pplx-|SG\.|ntn_|secret_|lin_api_|figd_|dop_v1_|shp[a-z]{2}_|eyJ[\w-]{10,}\.|-----BEGIN )/;

/** Parts of connection strings. */
const CONNECTION =
  /(^|[;&?\s])(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd|sig)=/i;

const ADDRESS_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** As a header has them, whatever the variable is called. */
const AUTHORIZATION = /^(Bearer|Basic|Token)\s+[^\s$]+$/i;

/** A member of JSON text. */
const JSON_MEMBER = /"([^"\\]{1,200})"\s*:\s*"([^"\\]*)"/g;

const RANDOM_LENGTH = 20;

/** Whether values of this name are secrets: API_KEY, x-api-key, --auth-token, accessToken. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (DESCRIPTIONS.test(words.at(-1) ?? '')) return false;
  return (
    words.some((word) => SECRET_WORDS.test(word) || SECRET_END.test(word)) ||
    words.join('_').includes('connection_str')
  );
}

/** @param name of the variable, header, option or query parameter, where it has one */
export function isSecret(value: string, name?: string): boolean {
  if (PLAIN.test(value)) return false;
  if (name !== undefined && isSecretName(name)) return true;
  return (
    KNOWN_FORMS.test(value) ||
    CONNECTION.test(value) ||
    ADDRESS_WITH_PASSWORD.test(value) ||
    AUTHORIZATION.test(value) ||
    hasSecretMember(value) ||
    hasSecretParameter(value) ||
    (!isPlace(value) && isRandom(value))
  );
}

/** Whether a parameter of an address is one. */
export function isSecretParameter(name: string, value: string): boolean {
  return isSecret(value, name) || (SECRET_PARAMETER.test(name) && !PLAIN.test(value));
}

function hasSecretParameter(value: string): boolean {
  const [, query = ''] = /^[a-z][a-z0-9+.-]*:\/\/[^?#\s]*[?#](\S*)$/i.exec(value) ?? [];
  return query.split('&').some((pair) => {
    const [name = '', ...parts] = pair.split('=');
    return isSecretParameter(name, parts.join('='));
  });
}

/** Some programs take headers or settings as JSON in one variable. */
function hasSecretMember(value: string): boolean {
  if (!/^\s*[[{]/.test(value)) return false;
  return [...value.matchAll(JSON_MEMBER)].some(([, name = '', text = '']) => isSecret(text, name));
}

/** Letters and digits in no order that a person would choose. */
export function isRandom(text: string): boolean {
  return text
    .split(/[^A-Za-z0-9]/)
    .some((run) => run.length >= RANDOM_LENGTH && /\d/.test(run) && /[A-Za-z]/.test(run));
}

/** Paths, addresses and image digests contain long runs of letters and digits that are not secrets. */
function isPlace(value: string): boolean {
  return /^([./~\\]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/)|@sha256:/.test(value);
}
