// dist/bundles.json: what the build has put into the bundles of servers.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { ONCE } from './once.ts';

export const bundlesSchema = z.object({
  /** By path below the file's own folder. */
  bundles: z.record(
    z.string(),
    z.object({
      /** The official SDKs in it; `handler` is where `createMcpHandler` of that copy lies. */
      sdks: z.array(
        z.object({ name: z.string(), version: z.string(), handler: z.string().optional() }),
      ),
    }),
  ),
  /**
   * Packages that the bundles import from node_modules; `folder` is relative to the folder of
   * dist/.
   */
  outside: z.array(z.object({ name: z.string(), folder: z.string() })),
});

export type Bundles = z.infer<typeof bundlesSchema>;

/** An SDK in a bundle; `handler` is an absolute path. */
export type BundledSdk = Bundles['bundles'][string]['sdks'][number];

/** The SDKs in the bundle of a server, or undefined when the file is none of ours. */
export function bundledSdks(moduleFile: string): readonly BundledSdk[] | undefined {
  const marker = `${sep}bundles${sep}`;
  const at = moduleFile.lastIndexOf(`${sep}dist${marker}`);
  if (at < 0) return undefined;
  const folder = join(moduleFile.slice(0, at), 'dist');
  const file = join(folder, 'bundles.json');
  if (!existsSync(file)) return undefined;
  const { bundles } = readBundles(file);
  const name = relative(folder, moduleFile).split(sep).join('/');
  return bundles[name]?.sdks.map((sdk) => ({
    ...sdk,
    ...(sdk.handler && { handler: join(dirname(file), sdk.handler) }),
  }));
}

/** @throws Error when the file is not as the build has written it. */
function readBundles(file: string): Bundles {
  try {
    return bundlesSchema.parse(JSON.parse(readFileSync(file, 'utf8')), ONCE);
  } catch (error) {
    throw new Error(`${file} is damaged. Fix: npm run build`, { cause: error });
  }
}
