// Azure as a deployment meets it: what stays when something goes, and in which order things can be
// done. Serves the few addresses of Azure Resource Manager that hooks ask.

import { randomUUID } from 'node:crypto';
import { type CompiledTemplate, parameterFaults, roleAssignmentsOf } from './template.ts';

type Values = Readonly<Record<string, unknown>>;

export interface ManagerRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: string;
}

/** The token that azd hands out here. */
export const token = 'token-of-azd';

export class Azure {
  readonly #template: CompiledTemplate;
  /** Principals by the name of their role assignment. */
  readonly #assignments = new Map<string, string>();
  #gateway: { readonly name: string; readonly principalId: string } | undefined;
  #isGatewaySoftDeleted = false;
  /** What each deployment got. */
  readonly deployments: Values[] = [];
  readonly requests: ManagerRequest[] = [];
  /** Keys of the Functions app by name, set through the Resource Manager. */
  readonly functionKeys = new Map<string, string>();
  hasCode = false;
  /** Answers to the next requests that set a key, before one is taken. */
  readonly keyRefusals: number[] = [];
  flexRegions = ['Sweden Central', 'East US'];
  gatewayRegions = ['swedencentral'];

  constructor(template: CompiledTemplate) {
    this.#template = template;
  }

  /** @returns outputs of the template @throws Error as a deployment fails */
  deploy(values: Values, servers: readonly { name: string }[]): Record<string, string> {
    const faults = parameterFaults(this.#template, values);
    // `fail` in main.bicep; snapshot.test.ts looks at its condition.
    if (String(values.stateKey ?? '').length < 32) faults.push('MCP_HOST_STATE_KEY: expected more');
    if (faults.length > 0) throw new Error(faults.join('\n'));
    this.deployments.push(values);
    const usesGateway = !['', 'none'].includes(String(values.apimSku ?? ''));
    if (usesGateway) this.#makeGateway(`apim-${values.environmentName}`);
    for (const assignment of roleAssignmentsOf(this.#template)) {
      const isOfGateway = assignment.modules.includes('gateway');
      if (isOfGateway && !usesGateway) continue;
      this.#assign(assignment, isOfGateway ? (this.#gateway?.principalId ?? '') : 'identity');
    }
    const name = `func-${values.environmentName}`;
    const known: Record<string, string> = {
      AZURE_LOCATION: String(values.location),
      AZURE_TENANT_ID: '00000000-0000-0000-0000-000000000002',
      AZURE_RESOURCE_GROUP: `rg-${values.environmentName}`,
      AZURE_FUNCTION_NAME: name,
      SERVICE_MCP_URI: `https://${name}.azurewebsites.net`,
      APIM_NAME: usesGateway ? (this.#gateway?.name ?? '') : '',
      APIM_GATEWAY_URL: usesGateway ? `https://${this.#gateway?.name}.azure-api.net` : '',
      APIM_APIS: JSON.stringify(usesGateway ? servers.map(({ name: one }) => `mcp-${one}`) : []),
      MCP_SERVERS: JSON.stringify(servers),
    };
    return Object.fromEntries(
      Object.keys(this.#template.outputs).map((output) => [output, known[output] ?? '']),
    );
  }

  #makeGateway(name: string): void {
    if (this.#isGatewaySoftDeleted)
      throw new Error(`ServiceAlreadyExists: ${name} is soft-deleted`);
    this.#gateway ??= { name, principalId: randomUUID() };
  }

  #assign(
    { modules, name, principalId }: ReturnType<typeof roleAssignmentsOf>[number],
    principal: string,
  ) {
    const expression = principalId.replace(/^\[(.*)\]$/, '$1');
    const id = `${modules.join('/')} ${name.includes(expression) ? name.replaceAll(expression, principal) : name}`;
    if ((this.#assignments.get(id) ?? principal) !== principal) {
      throw new Error(
        'RoleAssignmentUpdateNotPermitted: the principal of an assignment cannot change',
      );
    }
    this.#assignments.set(id, principal);
  }

  /** The two commands of the Azure CLI that take a gateway away. */
  az(args: readonly string[]): { status: number; output: string } {
    const command = args.join(' ');
    if (command.startsWith('apim delete ') && this.#gateway) {
      this.#gateway = undefined;
      this.#isGatewaySoftDeleted = true;
    } else if (command.startsWith('apim deletedservice purge ')) {
      this.#isGatewaySoftDeleted = false;
    } else if (!/^apim api (operation )?list /.test(command)) {
      return { status: 1, output: '' };
    }
    return { status: 0, output: '' };
  }

  /** @returns status and body of an answer */
  manage(request: ManagerRequest): { status: number; body: object } {
    this.requests.push(request);
    const { method, url, authorization, body } = request;
    if (authorization !== `Bearer ${token}`) return { status: 401, body: {} };
    if (url.includes('/Microsoft.Web/geoRegions?sku=FlexConsumption&')) {
      return { status: 200, body: { value: this.flexRegions.map((name) => ({ name })) } };
    }
    if (url.includes('/Microsoft.ApiManagement/skus?')) {
      const sku = { resourceType: 'service', name: 'BasicV2', locations: this.gatewayRegions };
      return { status: 200, body: { value: [sku] } };
    }
    const key = /\/host\/default\/functionKeys\/(\w+)\?/.exec(url)?.[1];
    if (method !== 'PUT' || key === undefined) return { status: 404, body: {} };
    // https://github.com/Azure/azure-functions-host/issues/11379
    if (!this.hasCode)
      return { status: 400, body: { Code: 'BadRequest', Message: 'host runtime' } };
    const refusal = this.keyRefusals.shift();
    if (refusal !== undefined) return { status: refusal, body: { error: { code: 'NotNow' } } };
    this.functionKeys.set(key, JSON.parse(body).properties.value);
    return { status: 201, body: {} };
  }
}
