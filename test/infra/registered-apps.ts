// The app registrations that the template makes for a case, as the loopback issuer takes them.

import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { appsOf, type EntraApp } from '../../standins/openid-issuer/entra-apps.ts';
import { readSnapshot } from './cases.ts';

/** @param move the origin that replaces the one in the servers' addresses. Default: they stay. */
export function appsOfCase(name: string, move?: string): EntraApp[] {
  const registrations = resourcesOf(readSnapshot(name), 'Microsoft.Graph/applications');
  return appsOf(
    registrations.map(({ properties }) => properties),
    move,
  );
}
