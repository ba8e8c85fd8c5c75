// Adds to the notes of blocked-notes.ts. Apart from their reader, because the watchdog loads no
// library.

import type { Suspect } from '../exchange/entered.ts';
import { readNotes, writeNotes } from './note-file.ts';

/** @returns whether the file has them; never throws. */
export function addBlockedNotes(file: string, suspects: readonly Suspect[]): boolean {
  const at = Date.now();
  const added = suspects.map((suspect) => ({ ...suspect, at }));
  return writeNotes(file, [...readOld(file), ...added]);
}

function readOld(file: string): readonly unknown[] {
  try {
    const notes: unknown = JSON.parse(readNotes(file));
    return Array.isArray(notes) ? notes : [];
  } catch {
    return [];
  }
}
