// The load: the same POST over and over on a few keep-alive connections.

import { Agent, request } from 'node:http';

const CONNECTIONS = 10;

export interface Load {
  /** Sends `count` messages to `url`; rejects on any answer but 200. */
  run(url: string, message: object, count: number): Promise<void>;
  close(): void;
}

export function createLoad(): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return {
    async run(url, message, count) {
      const body = JSON.stringify(message);
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await post(url, body, agent);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    },
    close: () => agent.destroy(),
  };
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        const isResult = answer.statusCode === 200 && text.includes('"result"');
        if (isResult) resolve();
        else reject(new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
