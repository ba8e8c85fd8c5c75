// Errors that nobody handles while a test runs; in production the first one ends the process.

import { onTestFinished } from 'vitest';

const EVENTS = ['uncaughtException', 'unhandledRejection', 'warning'];

/** @returns the list of them, which grows until the test ends. */
export function unhandledErrors(): readonly unknown[] {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  for (const event of EVENTS) process.on(event, note);
  onTestFinished(() => {
    for (const event of EVENTS) process.off(event, note);
  });
  return errors;
}
