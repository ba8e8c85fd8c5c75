// How the configuration is parsed: once.

/**
 * Zod otherwise compiles code for each schema, which pays for itself only when many values follow.
 */
export const ONCE = { jitless: true } as const;
