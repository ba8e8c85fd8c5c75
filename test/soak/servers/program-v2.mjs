// The server of the soak for programs, on SDK v2: SOAK_NAME is its name.

import { v2 } from './soak-server.mjs';

export const createServer = () => v2(process.env.SOAK_NAME);
