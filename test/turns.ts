// Turns of the event loop: a host in the process of the test gets on meanwhile.

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a condition holds that no event announces, turn by turn. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turns(1);
}
