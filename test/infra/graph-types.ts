// The types of Microsoft Graph that infra/entra.bicep uses, as a Bicep extension made here: the
// published one is restored from a registry, which a deployment should not need. They are packed in
// infra/graph.tgz: npx vitest run test/infra/graph-types.test.ts --update
// What is not written here is a misspelling for the compiler.
// After https://github.com/microsoftgraph/msgraph-bicep-types generated/…/v1.0/1.0.0/types.json.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The flags of a property in Bicep's type files. */
const REQUIRED = 1;
const READ_ONLY = 2;
const IDENTIFIER = 16;

type Type = 'string' | 'boolean' | 'integer' | readonly Type[] | Properties;
type Property = Type | Flagged;
interface Properties {
  readonly [name: string]: Property;
}
interface Flagged {
  readonly of: Type;
  readonly $flags: number;
}

const permission = {
  id: 'string',
  value: 'string',
  type: 'string',
  isEnabled: 'boolean',
  adminConsentDisplayName: 'string',
  adminConsentDescription: 'string',
  userConsentDisplayName: 'string',
  userConsentDescription: 'string',
} as const;

const role = {
  id: 'string',
  value: 'string',
  isEnabled: 'boolean',
  allowedMemberTypes: ['string'],
  displayName: 'string',
  description: 'string',
} as const;

const resources: Readonly<Record<string, Properties>> = {
  'Microsoft.Graph/applications@v1.0': {
    uniqueName: { of: 'string', $flags: REQUIRED | IDENTIFIER },
    displayName: { of: 'string', $flags: REQUIRED },
    appId: { of: 'string', $flags: READ_ONLY },
    id: { of: 'string', $flags: READ_ONLY },
    signInAudience: 'string',
    identifierUris: ['string'],
    serviceManagementReference: 'string',
    api: {
      requestedAccessTokenVersion: 'integer',
      oauth2PermissionScopes: [permission],
      preAuthorizedApplications: [{ appId: 'string', delegatedPermissionIds: ['string'] }],
    },
    appRoles: [role],
  },
  'Microsoft.Graph/servicePrincipals@v1.0': {
    appId: { of: 'string', $flags: REQUIRED | IDENTIFIER },
    id: { of: 'string', $flags: READ_ONLY },
    appRoleAssignmentRequired: 'boolean',
  },
};

/** Writes the files that `bicep publish-extension` packs, and returns the path of their index. */
export function writeGraphTypes(folder: string): string {
  const types: object[] = [];
  const add = (type: object) => ({ $ref: `#/${types.push(type) - 1}` });
  const object = (name: string, properties: Record<string, object>) =>
    add({ $type: 'ObjectType', name, properties });

  function typeOf(type: Type, name: string): object {
    if (type === 'string') return add({ $type: 'StringType' });
    if (type === 'boolean') return add({ $type: 'BooleanType' });
    if (type === 'integer') return add({ $type: 'IntegerType' });
    if (isList(type)) {
      return add({ $type: 'ArrayType', itemType: typeOf(type[0] as Type, name) });
    }
    return object(name, propertiesOf(type, name));
  }

  function propertiesOf(properties: Properties, owner: string) {
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => {
        const { of, $flags } = isFlagged(property) ? property : { of: property, $flags: 0 };
        return [name, { type: typeOf(of, `${owner}.${name}`), flags: $flags }];
      }),
    );
  }

  const index = Object.entries(resources).map(([name, properties]) => {
    const body = object(name, propertiesOf(properties, name));
    const { $ref } = add({ $type: 'ResourceType', name, body, scopeType: 0, flags: 0 });
    return [name, { $ref: `types.json${$ref}` }];
  });
  const configuration = object('configuration', {});
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'types.json'), JSON.stringify(types));
  const file = join(folder, 'index.json');
  const settings = {
    name: 'MicrosoftGraph',
    version: '1.0.0',
    isSingleton: false,
    configurationType: { $ref: `types.json${configuration.$ref}` },
  };
  const content = { resources: Object.fromEntries(index), resourceFunctions: {}, settings };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

function isFlagged(property: Property): property is Flagged {
  return typeof property === 'object' && '$flags' in property;
}

/** Array.isArray does not narrow readonly arrays. */
function isList(type: Type): type is readonly Type[] {
  return Array.isArray(type);
}
