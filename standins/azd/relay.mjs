// Stands for a program that hooks start (azd, az, npm): hands its arguments, and the content of a file
// they name, to the stand-in that runs the hook, and prints what that answers.

import { readFileSync } from 'node:fs';

const [program, ...args] = process.argv.slice(2);
const file = args.indexOf('--file') + 1;
const response = await fetch(new URL('/command', process.env.AZD_STAND_IN), {
  method: 'POST',
  body: JSON.stringify({
    program,
    args,
    file: file > 0 ? readFileSync(args[file], 'utf8') : '',
  }),
});
const { status, output } = await response.json();
process.stdout.write(output);
process.exitCode = status;
