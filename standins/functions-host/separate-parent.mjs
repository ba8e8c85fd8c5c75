// Parent process of a handler, for tests that kill the handler's parent as a killed Functions host
// would: starts the command it is given, tells its process id and, at its end, how it ended.

import { spawn } from 'node:child_process';

const [executable, ...commandArguments] = process.argv.slice(2);
const child = spawn(executable, commandArguments, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('spawn', () => process.send({ pid: child.pid }));
child.once('error', (error) => process.send({ failure: error.message }, () => process.exit()));
child.once('exit', (code, signal) => {
  process.send({ exit: { code, signal } }, () => process.exit());
});
