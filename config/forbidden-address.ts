// Addresses that no remote server may have, because a platform gives its own credentials to every
// process that asks there.

import { BlockList, isIP } from 'node:net';

const forbidden = makeBlockList();

/** @param address an IP address, as a resolver returns it. */
export function isForbiddenAddress(address: string): boolean {
  // A resolver may add the interface: fe80::1%eth0.
  const [plain = ''] = address.split('%', 1);
  const version = isIP(plain);
  if (version === 0) return false;
  return forbidden.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * @param hostname of a `URL`, which has written every notation of an address (decimal, octal,
 * hexadecimal, shortened) as one. A name is not looked up.
 */
export function isForbiddenHost(hostname: string): boolean {
  return isForbiddenAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function makeBlockList(): BlockList {
  const list = new BlockList();
  // Link-local: the metadata services of most platforms.
  list.addSubnet('169.254.0.0', 16, 'ipv4');
  list.addSubnet('fe80::', 10, 'ipv6');
  // The platform's own address in Azure.
  list.addAddress('168.63.129.16', 'ipv4');
  // The metadata service of AWS.
  list.addAddress('fd00:ec2::254', 'ipv6');
  // The same behind IPv6: mapped, compatible and translated forms, and NAT64 (RFC 6052).
  for (const prefix of ['::ffff:', '::', '::ffff:0:', '64:ff9b::']) {
    list.addSubnet(`${prefix}a9fe:0`, 112, 'ipv6');
    list.addAddress(`${prefix}a83f:8110`, 'ipv6');
  }
  // NAT64 of one network (RFC 8215), which may hold the IPv4 address in several places.
  list.addSubnet('64:ff9b:1::', 48, 'ipv6');
  // 6to4.
  list.addSubnet('2002:a9fe::', 32, 'ipv6');
  list.addSubnet('2002:a83f:8110::', 48, 'ipv6');
  return list;
}
