// The options of the mount of a server.

import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import type { LineLimits } from '../exchange/line-limit.ts';
import type { Observing } from '../exchange/observer.ts';
import type { Audit } from './audit.ts';
import type { MountedServer } from './mounted-server.ts';

export interface MountOptions {
  readonly server: MountedServer;
  readonly environment: Environment;
  readonly log: Logger;
  readonly limits: LineLimits;
  readonly observing: Observing;
  readonly audit: Audit;
  /** True once the process is shutting down. */
  readonly isDraining: () => boolean;
}
