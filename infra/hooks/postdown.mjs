// After `azd down`: removes the Entra apps, which belong to the directory and not to the resource
// group. When that cannot be done it says how, and `azd down` stays a success.

import { deleteEntraApps } from './entra.mjs';

deleteEntraApps(process.env);
