// Names of tools that some clients refuse for their length. The host never cuts a name.

import type { Backend } from '../../exchange/backend.ts';

/** What the APIs of the large models take for the name of a tool. */
const MAX_NAME_LENGTH = 64;
/** Some clients count the name of the server, too: `<server>_<tool>`. */
const MAX_NAME_WITH_SERVER_LENGTH = 60;

/**
 * @param server its name.
 * @param backend with the names that clients see.
 * @param report called once for each set of names that are too long.
 */
export function reportLongNames(
  server: string,
  backend: Backend,
  report: (tools: readonly string[]) => void,
): void {
  const reported = new Set<string>();
  backend.subscribe((event) => {
    const tools = event === 'declarations' ? backend.declarations?.tools : undefined;
    if (!tools) return;
    const long = tools.map(({ name }) => String(name)).filter((name) => isLong(server, name));
    const text = JSON.stringify(long);
    if (long.length === 0 || reported.has(text)) return;
    reported.add(text);
    report(long);
  });
}

function isLong(server: string, tool: string): boolean {
  return tool.length > MAX_NAME_LENGTH || `${server}_${tool}`.length > MAX_NAME_WITH_SERVER_LENGTH;
}
