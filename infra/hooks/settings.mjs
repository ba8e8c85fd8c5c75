// The settings of the azd environment that people write: a wrong one is reported by its name before
// anything is deployed. The ranges are those of main.bicep, whose own messages name parameters.

import { skuNames } from './gateway.mjs';

const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4Range = new RegExp(`^${octet}(\\.${octet}){3}/(3[0-2]|[12]?\\d)$`);

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @param {string} text */
export const isGuid = (text) => guid.test(text);

/** @type {(minimum: number, maximum: number) => Rule} */
const integer = (minimum, maximum) => ({
  expected: `a whole number from ${minimum} to ${maximum}`,
  accepts: (text) => /^-?\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
});

/** @type {(...words: string[]) => Rule} */
const word = (...words) => ({
  expected: words.join(' or '),
  accepts: (text) => words.includes(text),
});

/** @typedef {{ expected: string, accepts: (text: string) => boolean }} Rule */

/** @type {ReadonlyMap<string, Rule>} */
const rules = new Map([
  ['ALWAYS_READY', integer(0, 100)],
  ['INSTANCE_MEMORY_MB', word('512', '2048', '4096')],
  ['MAX_INSTANCES', integer(1, 1000)],
  ['VNET_ENABLED', word('true', 'false')],
  [
    'ALLOWED_IP_RANGES',
    {
      expected: 'IPv4 ranges such as 192.0.2.0/24, separated by commas (one address: 192.0.2.7/32)',
      accepts: (text) => text.split(',').every((range) => ipv4Range.test(range.trim())),
    },
  ],
  ['LOG_RETENTION_DAYS', integer(30, 730)],
  ['LOG_DAILY_CAP_GB', integer(-1, 10_000)],
  ['TRACE_SAMPLING_PERCENT', integer(1, 100)],
  [
    'ALERT_EMAIL',
    {
      expected: 'one e-mail address',
      accepts: (text) => /^[^\s@,;'"]+@[^\s@,;'"]+$/.test(text),
    },
  ],
  ['ALERTS_ENABLED', word('true', 'false')],
  ['ALERT_FAILED_PERCENT', integer(1, 100)],
  ['ALERT_LATENCY_MS', integer(1, 1_000_000)],
  ['ALERT_REFUSALS', integer(1, 1_000_000)],
  [
    'PRE_AUTHORIZED_CLIENT_IDS',
    {
      expected: 'client ids (GUIDs), separated by commas',
      accepts: (text) => text.split(',').every((id) => isGuid(id.trim())),
    },
  ],
  ['ENTRA_ASSIGNMENT_REQUIRED', word('true', 'false')],
  ['ENTRA_SERVER_URIS', word('address', 'none')],
  [
    'RESOURCE_TOKEN',
    {
      expected: '13 lower-case letters and digits',
      accepts: (text) => /^[a-z0-9]{13}$/.test(text),
    },
  ],
  [
    'APIM_SKU',
    {
      ...word('none', ...skuNames),
      expected: `none, ${skuNames.join(', ')} (not Consumption, which ends answers after 30 s, delays event streams and cannot limit callers)`,
    },
  ],
  [
    'APIM_PUBLISHER_EMAIL',
    { expected: 'an e-mail address', accepts: (text) => /^[^\s@'"]+@[^\s@'"]+$/.test(text) },
  ],
  [
    'APIM_CUSTOM_DOMAIN',
    {
      expected: 'a host name such as mcp.example.com',
      accepts: (text) => /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(text),
    },
  ],
  [
    'APIM_CERTIFICATE_URL',
    {
      expected:
        'the address of a secret in a Key Vault, https://<vault>.vault.azure.net/secrets/<name>',
      accepts: (text) =>
        /^https:\/\/[a-z0-9-]+\.vault\.[a-z.]+\/secrets\/[A-Za-z0-9-]+$/.test(text),
    },
  ],
  ['SERVICE_MANAGEMENT_REFERENCE', { expected: 'a GUID', accepts: isGuid }],
]);

/**
 * One line for each setting that the template would refuse; an empty one counts as unset.
 * @param {Readonly<NodeJS.ProcessEnv>} env
 */
export function settingProblems(env) {
  const wrong = [...rules].flatMap(([name, { expected, accepts }]) => {
    const text = env[name] ?? '';
    if (text === '' || accepts(text)) return [];
    const got = JSON.stringify(text);
    return [`${name}: expected ${expected}, got ${got}. Fix: azd env set ${name} VALUE`];
  });
  return [...wrong, ...(wrong.length > 0 ? [] : lonely(env)), ...unheardAlerts(env)];
}

/** The template asks for as much, in a sentence of its own. */
const stateKeyCharacters = 32;

/** By these azd, too, knows that it runs in a pipeline. */
const pipelines = [
  ...['CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD'],
  ...['CODEBUILD_BUILD_ID', 'JENKINS_URL', 'TEAMCITY_VERSION'],
];

/**
 * The sealing key, whose value no one may see. A pipeline has no place to keep the one that is made
 * here, and the next run would make another.
 * @param {Readonly<NodeJS.ProcessEnv>} env
 * @returns {string[]}
 */
export function stateKeyProblems(env) {
  const { MCP_HOST_STATE_KEY: key = '' } = env;
  if (key === '' && pipelines.some((name) => env[name] && env[name] !== 'false')) {
    return [
      'MCP_HOST_STATE_KEY: expected a secret of this pipeline, got none. A new key for each run would invalidate what clients store.\n' +
        'Fix with GitHub, if you deployed before: azd env get-value MCP_HOST_STATE_KEY | gh secret set MCP_HOST_STATE_KEY\n' +
        `  for a first deployment: node -p "crypto.randomBytes(32).toString('base64url')" | gh secret set MCP_HOST_STATE_KEY\n` +
        'Then pass it to the step that runs azd: docs/deploy.md#pipelines',
    ];
  }
  if (key === '' || key.length >= stateKeyCharacters) return [];
  return [
    `MCP_HOST_STATE_KEY: expected at least ${stateKeyCharacters} characters, got ${key.length}. Fix: azd env set MCP_HOST_STATE_KEY "", which creates a new key`,
  ];
}

/** The settings of a custom domain mean nothing alone. @param {Readonly<NodeJS.ProcessEnv>} env */
function lonely({ APIM_SKU, APIM_CUSTOM_DOMAIN: domain, APIM_CERTIFICATE_URL: certificate }) {
  if (!domain && !certificate) return [];
  if (!APIM_SKU || APIM_SKU === 'none') {
    const name = domain ? 'APIM_CUSTOM_DOMAIN' : 'APIM_CERTIFICATE_URL';
    return [
      `${name}: expected APIM_SKU to be set too, got none. Fix: azd env set APIM_SKU BasicV2`,
    ];
  }
  if (domain && certificate) return [];
  const [there, missing] = domain
    ? ['APIM_CUSTOM_DOMAIN', 'APIM_CERTIFICATE_URL']
    : ['APIM_CERTIFICATE_URL', 'APIM_CUSTOM_DOMAIN'];
  return [
    `${there}: expected ${missing} to be set too, got none. Fix: azd env set ${missing} VALUE`,
  ];
}

/** Alerts that would tell no one. @param {Readonly<NodeJS.ProcessEnv>} env */
function unheardAlerts({ ALERTS_ENABLED: enabled, ALERT_EMAIL: email }) {
  if (enabled !== 'true' || email) return [];
  return [
    'ALERTS_ENABLED: expected ALERT_EMAIL to be set too, got none. Fix: azd env set ALERT_EMAIL VALUE',
  ];
}
