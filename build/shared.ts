// Few files for what several parts of the host load: Node finds, reads and links each file at every
// start.

import { join, sep } from 'node:path';
import type { CodeSplittingGroup, Plugin } from 'rolldown';

/** The files that begin the stages of a start. */
const STAGES = [
  'runtime/main.ts',
  'runtime/serving.ts',
  'runtime/backends/thread/worker.ts',
  'runtime/telemetry/open-telemetry.ts',
  'runtime/telemetry/azure-monitor.ts',
];

export interface Sharing {
  readonly plugin: Plugin;
  readonly groups: CodeSplittingGroup[];
}

/**
 * One chunk per stage of a start: what a module of the stage shares with others. It holds all that
 * these modules import, too, so no two chunks import each other.
 * @param isHostCode whether a file is the host's own.
 */
export function shareByStage(isHostCode: (file: string) => boolean): Sharing {
  const reached = new Map(STAGES.map((stage) => [sep + join(stage), new Set<string>()]));
  return {
    plugin: {
      name: 'shared',
      buildEnd() {
        const reach = (id: string, found: Set<string>): void => {
          if (found.has(id)) return;
          found.add(id);
          for (const each of this.getModuleInfo(id)?.importedIds ?? []) reach(each, found);
        };
        for (const id of [...this.getModuleIds()].filter(isHostCode)) {
          for (const [stage, found] of reached) if (id.endsWith(stage)) reach(id, found);
        }
      },
    },
    // Of two groups that could have a module, the first one has it.
    groups: [...reached.values()].map((found, stage) => ({
      name: `shared-${stage + 1}`,
      test: (id) => found.has(id),
      minShareCount: 2,
    })),
  };
}
