// What is known of a deployment before it is asked: from the azd environment, or from the command
// line alone.

import { z } from 'zod';
import { publicUrl } from '../../config/formats.ts';
import { OR_ADDRESS, readAzdValues } from '../azd-environment.ts';
import { ExplainedError } from '../explained-error.ts';
import { DEFAULT_CLIENTS } from './client-requests.ts';

/** An address, and what the deployment said of itself. */
export interface Deployment {
  /** Name of the azd environment; absent: only an address was given. */
  readonly environment?: string;
  /** Origin that clients use. */
  readonly baseUrl: string;
  /** Origin of the Functions app if a gateway is in front of it. */
  readonly appUrl?: string;
  readonly tenantId?: string;
  /** The Entra app of the servers. */
  readonly resourceAppId?: string;
  /** The public app that clients sign in with. */
  readonly clientId?: string;
  /** Words of ENTRA_CLIENTS: clients whose redirect URIs are registered. */
  readonly chosenClients: readonly string[];
  /** ENTRA_REDIRECT_URIS: further ones. */
  readonly furtherRedirectUris: readonly string[];
  /** False: the addresses of the servers were chosen not to be identifier URIs. */
  readonly hasServerUris: boolean;
  readonly deployedServers?: readonly DeployedServer[];
}

const deployedServer = z.object({ name: z.string(), path: z.string(), auth: z.string() });
type DeployedServer = z.infer<typeof deployedServer>;

const NAMES = [
  'AZURE_ENV_NAME',
  'SERVICE_MCP_URI',
  'APIM_GATEWAY_URL',
  'AZURE_TENANT_ID',
  'ENTRA_CLIENT_ID',
  'MCP_CLIENT_ID',
  'ENTRA_CLIENTS',
  'ENTRA_REDIRECT_URIS',
  'ENTRA_SERVER_URIS',
  'MCP_SERVERS',
] as const;

/**
 * @param wanted the one server that is looked at; undefined: all
 * @param timeoutMs after which azd is ended
 * @throws ExplainedError that says what azd said, or what the environment lacks
 */
export function deploymentOfAzd(wanted: string | undefined, timeoutMs: number): Deployment {
  const values = readAzdValues(NAMES, { fix: OR_ADDRESS, timeoutMs });
  const appUrl = readOrigin('SERVICE_MCP_URI', values.SERVICE_MCP_URI);
  if (appUrl === undefined) {
    throw new ExplainedError(
      `the azd environment ${values.AZURE_ENV_NAME ?? ''} has no SERVICE_MCP_URI, so nothing is deployed`,
      'run azd up',
    );
  }
  const gatewayUrl = readOrigin('APIM_GATEWAY_URL', values.APIM_GATEWAY_URL);
  const deployed = readServers(values.MCP_SERVERS)?.filter(
    ({ name }) => wanted === undefined || name === wanted,
  );
  const known = {
    environment: values.AZURE_ENV_NAME,
    appUrl: gatewayUrl === undefined ? undefined : appUrl,
    tenantId: values.AZURE_TENANT_ID,
    resourceAppId: values.ENTRA_CLIENT_ID,
    clientId: values.MCP_CLIENT_ID,
    deployedServers: deployed,
  };
  const present = Object.entries(known).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(present),
    baseUrl: gatewayUrl ?? appUrl,
    chosenClients: listOf(values.ENTRA_CLIENTS ?? DEFAULT_CLIENTS),
    furtherRedirectUris: listOf(values.ENTRA_REDIRECT_URIS ?? ''),
    hasServerUris: values.ENTRA_SERVER_URIS !== 'none',
  };
}

/** The items of a list that is separated by commas. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function readOrigin(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const problem = publicUrl.explain(value);
  if (problem === undefined) return value;
  throw new ExplainedError(
    `${name} of the azd environment: expected ${problem.expected}, got something else`,
    'azd env refresh',
  );
}

function readServers(text: string | undefined): readonly DeployedServer[] | undefined {
  if (text === undefined) return undefined;
  try {
    return z.array(deployedServer).parse(JSON.parse(text));
  } catch (error) {
    throw new ExplainedError(
      'MCP_SERVERS of the azd environment cannot be read',
      'azd env refresh',
      { cause: error },
    );
  }
}
