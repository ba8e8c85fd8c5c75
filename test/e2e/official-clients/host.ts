// The real process with the two sample servers as servers.yaml names them, the weather's upstream
// being a loopback one, and servers of each SDK in the other ways of instancing.

import { resolve } from 'node:path';
import { json, startNwsFake } from '../../servers/nws-fake.ts';
import { forecastReply, period, pointReply } from '../../servers/nws-fixtures.ts';
import { startHostProcess } from '../spawn-host.ts';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');

const yaml = `
servers:
  weather:
    module: ./servers/weather/index.ts
    instance: shared
    env: { WEATHER_API_BASE_URL: '\${UPSTREAM}' }
  time: { module: ./servers/time/index.ts }
  v1-per-request: { module: ./kernel-v1.mjs }
  v2-shared: { module: ./kernel-v2.mjs, instance: shared }
  v2-per-request: { module: ./kernel-v2.mjs }
`;

/** The running process and its upstream. */
export interface SampleHost {
  /** Base URL. */
  readonly url: string;
  /** servers.yaml of the process. */
  readonly serversFile: string;
  /** Lines of its log so far. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: () => string;
  stop(): Promise<void>;
}

/** Starts it; resolves when it listens and all servers are loaded. Who starts it stops it. */
export async function startSampleHost(): Promise<SampleHost> {
  const upstream = await startNwsFake();
  upstream.when('/points/', json(pointReply(`${upstream.url}/forecast`)));
  upstream.when('/forecast', json(forecastReply(period())));
  const host = await startHostProcess({
    yaml,
    // The place where `npm run build` puts a server's code, seen from its servers.yaml.
    copies: { 'dist/servers': resolve(root, 'dist/servers') },
    env: { UPSTREAM: upstream.url },
  });
  const stop = async () => {
    await Promise.all([host.stop(), upstream.close()]);
  };
  try {
    const url = await host.url();
    const serversFile = resolve(host.directory, 'servers.yaml');
    return { url, serversFile, logs: host.logs, stderr: host.stderr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a client asks a mount, and what it must get. */
export interface Question {
  /** Some of the tools that are listed. */
  readonly tools: readonly string[];
  readonly call: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
  /** Text of the call's result. */
  readonly answer: RegExp;
}

/** The sample servers. */
export const samples: Readonly<Record<'weather' | 'time', Question>> = {
  weather: {
    tools: ['get-alerts', 'get-forecast'],
    call: { name: 'get-forecast', arguments: { latitude: 42.36, longitude: -71.06 } },
    answer: /Boston, MA/,
  },
  time: {
    tools: ['get-current-time', 'convert-time'],
    call: {
      name: 'convert-time',
      arguments: {
        time: '2026-07-01T12:00',
        fromTimeZone: 'Europe/Berlin',
        toTimeZone: 'Asia/Tokyo',
      },
    },
    answer: /19:00/,
  },
};
