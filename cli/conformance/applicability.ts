// Which server features each scenario of the official suite needs. Most scenarios call tools,
// prompts and resources with fixed names that only a fixture has. Read from the source of
// @modelcontextprotocol/conformance 0.2.0-alpha.12, by the ids of scenarios and checks.

import type { Offer } from './offer.ts';

/** What is missing, as a phrase after "needs"; undefined when nothing is. */
type Need = (offer: Offer) => string | undefined;

const nothing: Need = () => undefined;

const always =
  (what: string): Need =>
  () =>
    what;

const fixture = (name: string): Need => always(`fixture ${name}`);

const oneOf =
  (...names: readonly string[]): Need =>
  ({ capabilities }) =>
    names.some((name) => name in capabilities) ? undefined : names.join(' or ');

/** It is called without arguments, which must be harmless: refused by its schema, or read-only. */
const callableTool: Need = ({ firstTool }) => {
  if (!firstTool) return 'a tool';
  return firstTool.isReadOnly || firstTool.needsArguments
    ? undefined
    : `a first tool with required arguments or readOnlyHint: true (${firstTool.name} has neither)`;
};

/** A server may refuse the call for its arguments, which says nothing of headers. */
const toolWithoutArguments: Need = ({ firstTool }) =>
  firstTool?.needsArguments
    ? `a first tool without required arguments (${firstTool.name} has some)`
    : undefined;

const elicitation = fixture('tool test_input_required_result_elicitation');
const tasks = always('the tasks extension and its fixtures');

const scenarios: Readonly<Record<string, Need>> = {
  'server-initialize': nothing,
  ping: nothing,
  'server-stateless': nothing,
  'dns-rebinding-protection': nothing,
  'input-required-result-unsupported-methods': nothing,
  'tools-list': oneOf('tools'),
  'prompts-list': oneOf('prompts'),
  'resources-list': oneOf('resources'),
  'sep-2164-resource-not-found': oneOf('resources'),
  'logging-set-level': oneOf('logging'),
  'server-sse-multiple-streams': oneOf('tools'),
  caching: oneOf('tools', 'prompts', 'resources'),
  'http-header-validation': callableTool,
  'http-custom-header-server-validation': always('a tool that accepts made-up header values'),
  'server-session-lifecycle': always('sessions, which this host does not have'),
  'completion-complete': fixture('prompt test_prompt_with_arguments'),
  'tools-call-simple-text': fixture('tool test_simple_text'),
  'tools-call-image': fixture('tool test_image_content'),
  'tools-call-audio': fixture('tool test_audio_content'),
  'tools-call-embedded-resource': fixture('tool test_embedded_resource'),
  'tools-call-mixed-content': fixture('tool test_multiple_content_types'),
  'tools-call-with-logging': fixture('tool test_tool_with_logging'),
  'tools-call-error': fixture('tool test_error_handling'),
  'tools-call-with-progress': fixture('tool test_tool_with_progress'),
  'tools-call-sampling': fixture('tool test_sampling'),
  'tools-call-elicitation': fixture('tool test_elicitation'),
  'elicitation-sep1034-defaults': fixture('tool test_elicitation_sep1034_defaults'),
  'elicitation-sep1330-enums': fixture('tool test_elicitation_sep1330_enums'),
  'json-schema-2020-12': fixture('tool json_schema_2020_12_tool'),
  'server-sse-polling': fixture('tool test_reconnection'),
  'resources-read-text': fixture('resource test://static-text'),
  'resources-read-binary': fixture('resource test://static-binary'),
  'resources-templates-read': fixture('template test://template/{id}/data'),
  'resources-subscribe': fixture('resource test://watched-resource'),
  'resources-unsubscribe': fixture('resource test://watched-resource'),
  'prompts-get-simple': fixture('prompt test_simple_prompt'),
  'prompts-get-with-args': fixture('prompt test_prompt_with_arguments'),
  'prompts-get-embedded-resource': fixture('prompt test_prompt_with_embedded_resource'),
  'prompts-get-with-image': fixture('prompt test_prompt_with_image'),
  'input-required-result-basic-elicitation': elicitation,
  'input-required-result-missing-input-response': elicitation,
  'input-required-result-result-type': elicitation,
  'input-required-result-ignore-extra-params': elicitation,
  'input-required-result-validate-input': elicitation,
  'input-required-result-basic-sampling': fixture('tool test_input_required_result_sampling'),
  'input-required-result-basic-list-roots': fixture('tool test_input_required_result_list_roots'),
  'input-required-result-request-state': fixture('tool test_input_required_result_request_state'),
  'input-required-result-multiple-input-requests': fixture(
    'tool test_input_required_result_multiple_inputs',
  ),
  'input-required-result-multi-round': fixture('tool test_input_required_result_multi_round'),
  'input-required-result-tampered-state': fixture('tool test_input_required_result_tampered_state'),
  'input-required-result-capability-check': fixture('tool test_input_required_result_capabilities'),
  'input-required-result-non-tool-request': fixture('prompt test_input_required_result_prompt'),
  'tasks-lifecycle': tasks,
  'tasks-capability-negotiation': tasks,
  'tasks-wire-fields': tasks,
  'tasks-request-state-removal': tasks,
  'tasks-mrtr-input': tasks,
  'tasks-request-headers': tasks,
  'tasks-dispatch-and-envelope': tasks,
  'tasks-status-notifications': tasks,
  'tasks-required-task-error': tasks,
  'tasks-mrtr-composition': tasks,
};

/**
 * Checks of the scenarios that run. Without its tool such a check fails, or passes without having
 * tested anything, depending on how a server answers to an unknown tool.
 */
const checks: Readonly<Record<string, Need>> = {
  'sep-2575-server-rejects-undeclared-capability': fixture('tool test_missing_capability'),
  'sep-2575-missing-capability-http-400': fixture('tool test_missing_capability'),
  'sep-2575-http-server-no-independent-requests-on-stream': fixture(
    'tool test_streaming_elicitation',
  ),
  'sep-2575-server-no-log-without-loglevel': fixture('tool test_logging_tool'),
  'sep-2575-server-honors-notification-filter': fixture('tool test_trigger_tool_change'),
  'sep-2575-server-sends-tools-list-changed-on-subscription': fixture(
    'tool test_trigger_tool_change',
  ),
  'sep-2575-server-sends-prompts-list-changed-on-subscription': fixture(
    'tool test_trigger_prompt_change',
  ),
  'sep-2549-tools-list-caching-hints': oneOf('tools'),
  'sep-2549-prompts-list-caching-hints': oneOf('prompts'),
  'sep-2549-resources-list-caching-hints': oneOf('resources'),
  'sep-2549-resources-templates-list-caching-hints': oneOf('resources'),
  'sep-2549-resources-read-caching-hints': oneOf('resources'),
  'sep-2243-server-accepts-whitespace-header-value': toolWithoutArguments,
  'wire-schema-harness-error': always('a suite version without this bug'),
};

/** What the table knows, to be compared with an installed suite. */
export const knownIds = { scenarios: Object.keys(scenarios), checks: Object.keys(checks) };

/** @returns what the server lacks for a scenario, as a phrase after "needs" */
export function scenarioNeeds(scenario: string, offer: Offer): string | undefined {
  const need = scenarios[scenario] ?? always('a newer mcp-host, which knows this scenario');
  return need(offer);
}

/** @returns what the server lacks for a check, as a phrase after "needs" */
export function checkNeeds(id: string, offer: Offer): string | undefined {
  return checks[id]?.(offer);
}
