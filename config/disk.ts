// What is asked of the disk about a program's file.

import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';

export interface Disk {
  kindOf(path: string): 'file' | 'folder' | undefined;
  /** For the user of this process. */
  isExecutable(path: string): boolean;
  /** The first bytes of a file; none when it cannot be read. */
  beginOf(path: string): Buffer;
}

const BEGIN_BYTES = 256;

export const DISK: Disk = {
  kindOf: (path) => {
    try {
      return statSync(path).isDirectory() ? 'folder' : 'file';
    } catch {
      return undefined;
    }
  },
  isExecutable: (path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  beginOf: (path) => {
    try {
      const descriptor = openSync(path, 'r');
      const begin = Buffer.alloc(BEGIN_BYTES);
      const length = readSync(descriptor, begin, 0, BEGIN_BYTES, 0);
      closeSync(descriptor);
      return begin.subarray(0, length);
    } catch {
      return Buffer.alloc(0);
    }
  },
};
