// The only elements that our policies may have, with their attributes and the order of what is in
// them, after Microsoft's schemas:
// https://github.com/microsoft/vscode-apimanagement/tree/main/resources/policySchemas (the file of
// each element has its name). The schemas leave the content of `when`, `otherwise` and the sections
// open: here it is not.

import type { Element } from './policy-xml.ts';

interface Rule {
  /** Required attributes, and optional ones with `?`. */
  readonly attributes?: readonly string[];
  /** Children in their order: one each; `?` none or one; `*` any number; `+` at least one. */
  readonly children?: readonly string[];
  /** The element has text and no children. */
  readonly text?: true;
}

const RULES: Readonly<Record<string, Rule>> = {
  // Sections: https://learn.microsoft.com/azure/api-management/api-management-howto-policies
  policies: { children: ['inbound', 'backend', 'outbound', 'on-error'] },
  inbound: {
    children: [
      'base',
      // "You may experience unexpected behavior if the cors policy is not the first" (cors-policy,
      // Policy order).
      'cors?',
      'ip-filter?',
      'rate-limit-by-key?',
      'validate-azure-ad-token?',
      'validate-jwt?',
      'choose?',
      'rate-limit-by-key?',
      'set-header?',
      'return-response?',
    ],
  },
  backend: { children: ['base?', 'forward-request?'] },
  outbound: { children: ['base', 'choose?'] },
  // Of ours: base, choose, return-response, set-header are allowed here:
  // https://learn.microsoft.com/azure/api-management/api-management-error-handling-policies#policies-allowed-in-on-error
  'on-error': { children: ['base', 'choose?'] },
  base: {},
  // https://learn.microsoft.com/azure/api-management/cors-policy
  cors: {
    attributes: ['allow-credentials', 'terminate-unmatched-request'],
    children: ['allowed-origins', 'allowed-methods', 'allowed-headers', 'expose-headers?'],
  },
  'allowed-origins': { children: ['origin+'] },
  'allowed-methods': { attributes: ['preflight-result-max-age'], children: ['method+'] },
  'allowed-headers': { children: ['header+'] },
  'expose-headers': { children: ['header+'] },
  origin: { text: true },
  method: { text: true },
  header: { text: true },
  // https://learn.microsoft.com/azure/api-management/ip-filter-policy
  'ip-filter': { attributes: ['action'], children: ['address-range+'] },
  'address-range': { attributes: ['from', 'to'] },
  // https://learn.microsoft.com/azure/api-management/rate-limit-by-key-policy
  'rate-limit-by-key': {
    attributes: ['calls', 'renewal-period', 'counter-key', 'retry-after-variable-name'],
  },
  // https://learn.microsoft.com/azure/api-management/validate-azure-ad-token-policy
  'validate-azure-ad-token': {
    attributes: [
      'tenant-id',
      'header-name',
      'authentication-endpoint',
      'failed-validation-httpcode',
      'failed-validation-error-message',
      'output-token-variable-name?',
    ],
    children: ['audiences', 'required-claims?'],
  },
  // https://learn.microsoft.com/azure/api-management/validate-jwt-policy
  'validate-jwt': {
    attributes: [
      'header-name',
      'failed-validation-httpcode',
      'failed-validation-error-message',
      'require-expiration-time',
      'require-scheme',
      'require-signed-tokens',
      'clock-skew',
      'output-token-variable-name?',
    ],
    children: ['openid-config', 'audiences', 'issuers', 'required-claims?'],
  },
  'openid-config': { attributes: ['url'] },
  audiences: { children: ['audience'] },
  audience: { text: true },
  issuers: { children: ['issuer'] },
  issuer: { text: true },
  'required-claims': { children: ['claim'] },
  claim: { attributes: ['name', 'match', 'separator?'], children: ['value+'] },
  // https://learn.microsoft.com/azure/api-management/choose-policy
  choose: { children: ['when+', 'otherwise?'] },
  when: {
    attributes: ['condition'],
    children: [
      'validate-azure-ad-token?',
      'validate-jwt?',
      'choose?',
      'rate-limit-by-key?',
      'return-response?',
    ],
  },
  otherwise: { children: ['validate-azure-ad-token?', 'validate-jwt?'] },
  // https://learn.microsoft.com/azure/api-management/forward-request-policy
  'forward-request': { attributes: ['timeout', 'buffer-request-body', 'buffer-response'] },
  // https://learn.microsoft.com/azure/api-management/return-response-policy
  'return-response': { children: ['set-status', 'set-header*', 'set-body?'] },
  // https://learn.microsoft.com/azure/api-management/set-status-policy
  'set-status': { attributes: ['code', 'reason'] },
  // https://learn.microsoft.com/azure/api-management/set-header-policy
  'set-header': { attributes: ['name', 'exists-action'], children: ['value'] },
  value: { text: true },
  // https://learn.microsoft.com/azure/api-management/set-body-policy
  'set-body': { text: true },
};

/** What is wrong with a policy document; nothing is the good answer. */
export function faultsOf(element: Element): string[] {
  const { name, attributes, children, text } = element;
  const rule = RULES[name];
  if (!rule) return [`${name} is not on the list`];
  const allowed = rule.attributes ?? [];
  const missing = allowed.filter((each) => !each.endsWith('?') && !(each in attributes));
  const unknown = Object.keys(attributes).filter(
    (each) => !allowed.includes(each) && !allowed.includes(`${each}?`),
  );
  const order = (rule.children ?? []).map((each) => each.replace(/^(.*?)([?*+]?)$/, '(?:$1,)$2'));
  const found = children.map((child) => `${child.name},`).join('');
  return [
    ...missing.map((each) => `${name} has no ${each}`),
    ...unknown.map((each) => `${name} may not have ${each}`),
    ...(new RegExp(`^${order.join('')}$`).test(found) ? [] : [`${name} may not have: ${found}`]),
    ...(text.trim() === '' || rule.text ? [] : [`${name} may not have text`]),
    ...children.flatMap(faultsOf),
  ];
}
