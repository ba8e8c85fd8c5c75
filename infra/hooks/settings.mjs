// The settings of the azd environment that people write: a wrong one is told by its name before
// anything is deployed. The ranges are those of main.bicep, whose own messages name parameters.

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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
  ['LOG_RETENTION_DAYS', integer(30, 730)],
  ['LOG_DAILY_CAP_GB', integer(-1, 10_000)],
  ['TRACE_SAMPLING_PERCENT', integer(1, 100)],
  [
    'ALERT_EMAIL',
    {
      expected: 'one address of e-mail',
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
      accepts: (text) => text.split(',').every((id) => guid.test(id.trim())),
    },
  ],
  ['ENTRA_ASSIGNMENT_REQUIRED', word('true', 'false')],
  ['SERVICE_MANAGEMENT_REFERENCE', { expected: 'a GUID', accepts: (text) => guid.test(text) }],
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
  return [...wrong, ...unheardAlerts(env)];
}

/** Alerts that would tell nobody. @param {Readonly<NodeJS.ProcessEnv>} env */
function unheardAlerts({ ALERTS_ENABLED: enabled, ALERT_EMAIL: email }) {
  if (enabled !== 'true' || email) return [];
  return [
    'ALERTS_ENABLED: expected ALERT_EMAIL beside it, got none. Fix: azd env set ALERT_EMAIL VALUE',
  ];
}
