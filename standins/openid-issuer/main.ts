// An issuer to try `auth: jwt` with on this machine. It signs in whoever asks, without a password:
// never use it for more.

import { PLAIN } from './modes.ts';
import { openIssuer } from './openid-issuer.ts';

const DEFAULT_PORT = 4000;

const { issuer } = await openIssuer(PLAIN, { port: Number(process.argv[2] ?? DEFAULT_PORT) });
process.stdout.write(`The issuer is ${issuer}. It signs in whoever asks: for trying out only.\n`);
