// Wrong use of the command line: exit code 2, and one line that says what is right and where to
// find help.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line itself is wrong (nothing was done). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command's options; it takes no positional arguments.
 * @throws UsageError naming the option that is unknown or lacks its value
 */
export function readOptions<const Wanted extends Options>(
  args: readonly string[],
  options: Wanted,
) {
  return explained(() =>
    parseArgs({ args: [...args], options, strict: true, allowPositionals: false }),
  ).values;
}

/**
 * Reads a command's options and its one positional argument.
 * @param meaning what the argument is, for people: "the name of a server"
 * @throws UsageError also for a missing or an extra argument
 */
export function readArgument<const Wanted extends Options>(
  args: readonly string[],
  options: Wanted,
  meaning: string,
) {
  const { values, positionals } = readArguments(args, options);
  const [argument, further] = positionals;
  if (argument === undefined) throw new UsageError(`expected ${meaning}, got none`);
  if (further !== undefined) {
    throw new UsageError(`expected ${meaning} and nothing else, got ${JSON.stringify(further)}`);
  }
  return { argument, options: values };
}

/**
 * Reads a command's options and any number of positional arguments.
 * @throws UsageError naming the option that is unknown or lacks its value
 */
export function readArguments<const Wanted extends Options>(
  args: readonly string[],
  options: Wanted,
) {
  return explained(() =>
    parseArgs({ args: [...args], options, strict: true, allowPositionals: true }),
  );
}

/**
 * @param last what the last argument that is taken is: "the name of a tool"
 * @throws UsageError when there is another one behind it
 */
export function refuseFurther(further: readonly unknown[], last: string): void {
  if (further.length === 0) return;
  throw new UsageError(`expected nothing after ${last}, got ${JSON.stringify(further[0])}`);
}

/** Of Node's "Unknown option '--x'. To specify a positional argument …" one sentence is enough. */
function explained<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    const [sentence = 'wrong options'] = (error as Error).message.split(/\.\s/);
    throw new UsageError(sentence);
  }
}
