// The checks of params are as strict as the SDKs' own schemas: what those accept passes, and what
// those refuse does not.

import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { specTypeSchemas } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import { post } from '../../post.ts';
import { paramsHost } from './params-host.ts';

const { urlOf } = paramsHost();

const PROMPT = { type: 'ref/prompt', name: 'greet' };
const ARGUMENT = { name: 'name', value: 'A' };

const VALUES = [undefined, null, true, 5, 'x', [], ['x'], {}, { a: 'x' }, { a: 5 }, { a: null }];
const SCHEMAS = {
  'tools/list': [ListToolsRequestSchema, 'ListToolsRequest', ['cursor']],
  'prompts/list': [ListPromptsRequestSchema, 'ListPromptsRequest', ['cursor']],
  'resources/list': [ListResourcesRequestSchema, 'ListResourcesRequest', ['cursor']],
  'resources/templates/list': [
    ListResourceTemplatesRequestSchema,
    'ListResourceTemplatesRequest',
    ['cursor'],
  ],
  'tools/call': [CallToolRequestSchema, 'CallToolRequest', ['name', 'arguments', 'other']],
  'prompts/get': [GetPromptRequestSchema, 'GetPromptRequest', ['name', 'arguments', 'other']],
  'completion/complete': [
    CompleteRequestSchema,
    'CompleteRequest',
    ['ref', 'argument', 'context', 'other'],
  ],
  'logging/setLevel': [SetLevelRequestSchema, 'SetLevelRequest', ['level', 'other']],
  'resources/subscribe': [SubscribeRequestSchema, 'SubscribeRequest', ['other']],
  'resources/unsubscribe': [UnsubscribeRequestSchema, 'UnsubscribeRequest', ['other']],
} as const;
const RIGHT: Record<string, object> = {
  'tools/call': { name: 'echo' },
  'prompts/get': { name: 'greet' },
  'completion/complete': { ref: PROMPT, argument: ARGUMENT },
  'logging/setLevel': { level: 'info' },
  'resources/subscribe': { uri: 'test://item/1' },
  'resources/unsubscribe': { uri: 'test://item/1' },
};

it.each(Object.entries(SCHEMAS))('%s agrees with the schemas of both SDKs', async (method, row) => {
  const [v1, v2, names] = row;
  for (const name of names)
    for (const value of VALUES) {
      const params = JSON.parse(JSON.stringify({ ...RIGHT[method], [name]: value }));
      const request = { jsonrpc: '2.0', id: 1, method, params };
      const theirs = [
        v1.safeParse(request).success,
        !('issues' in (await specTypeSchemas[v2]['~standard'].validate(request))),
      ];
      const { error } = await post(urlOf('v1-shared'), request);
      const isRefused = error?.data?.reason === 'invalid-params';
      expect({ params, theirs }).toEqual({ params, theirs: [!isRefused, !isRefused] });
    }
});
