// Handles what a server sends during a call: progress, log messages, questions and requests for
// roots.

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  type Progress,
  type Root,
} from '@modelcontextprotocol/sdk/types.js';
import type { Answer, Question } from './questions.ts';

export interface Listener {
  readonly onProgress: (progress: Progress) => void;
  readonly onLog: (level: string, data: unknown) => void;
  /** @param signal aborted when the server takes its question back */
  readonly answer: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly roots: readonly Root[];
}

/** Sampling is refused: this client has no model, and does not say that it has one. */
export function registerListener(client: Client, { onLog, answer, roots }: Listener): void {
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) =>
    onLog(params.level, params.data),
  );
  client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => answer(params, signal));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [...roots] }));
}
