// Finds the module whose code runs, from the texts in a stack.

import { dirname, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @returns how places of the file and of its folder begin in a stack, as paths and as URLs. */
export function homesOf(moduleFile: string): readonly string[] {
  const folder = dirname(moduleFile) + sep;
  // A module beside the host's own code says nothing by its folder.
  const isBesideHost = import.meta.filename.startsWith(folder);
  return (isBesideHost ? [moduleFile] : [moduleFile, folder]).flatMap((path) => {
    const end = path === folder ? '' : ':';
    return [path + end, pathToFileURL(path).href + end];
  });
}
