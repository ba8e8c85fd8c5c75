// The server of the soak for programs, on SDK v1: SOAK_NAME is its name.

import { v1 } from './soak-server.mjs';

export const createServer = () => v1(process.env.SOAK_NAME);
