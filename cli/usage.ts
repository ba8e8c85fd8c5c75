// Wrong use of the command line: exit code 2, one line that says what is right, and where the help
// is.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line itself is wrong (nothing was done). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads a command's options; it takes no positional arguments.
 * @throws UsageError naming the option that is unknown or lacks its value
 */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Of Node's "Unknown option '--x'. To specify a positional argument …" one sentence is enough.
    const [sentence = 'wrong options'] = (error as Error).message.split(/\.\s/);
    throw new UsageError(sentence);
  }
}
