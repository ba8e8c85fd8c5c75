// Which addresses of a server elsewhere are refused, in every notation.

import { expect, it } from 'vitest';
import { isForbiddenAddress, isForbiddenHost } from '../../config/forbidden-address.ts';

const FORBIDDEN = [
  '169.254.169.254',
  '169.254.0.1',
  '2852039166',
  '0xa9fea9fe',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '025177524776',
  '169.254.43518',
  '169.16689662',
  '169.254.169.254.',
  '１６９.254.169.254',
  '168.63.129.16',
  '0xa83f8110',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[0:0:0:0:0:ffff:a9fe:a9fe]',
  '[::169.254.169.254]',
  '[::ffff:0:a9fe:a9fe]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b::a83f:8110]',
  '[64:ff9b:1::a9fe:a9fe]',
  '[64:ff9b:1:a9fe:a9:fe00::]',
  '[2002:a9fe:a9fe::1]',
  '[::ffff:168.63.129.16]',
  '[fe80::1]',
  '[febf::1]',
  '[fd00:ec2::254]',
  '[fd00:0ec2:0000::0254]',
];

const ALLOWED = [
  '127.0.0.1',
  '[::1]',
  '10.0.0.1',
  '169.253.255.255',
  '169.255.0.0',
  '168.63.129.17',
  '[fec0::1]',
  '[fd00:ec2::253]',
  '[64:ff9b::a9fd:1]',
  '[::ffff:8.8.8.8]',
  'crm.example.com',
  'a9fe',
];

it.each(FORBIDDEN)('refuses %s', (host) => {
  expect(isForbiddenHost(new URL(`https://${host}/mcp`).hostname)).toBe(true);
});

it.each(ALLOWED)('lets %s pass', (host) => {
  expect(isForbiddenHost(new URL(`https://${host}/mcp`).hostname)).toBe(false);
});

it.each(['fe80::1%eth0', '::ffff:169.254.169.254', '169.254.169.254'])(
  'refuses %s as a resolver writes it',
  (address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  },
);
