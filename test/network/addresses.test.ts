import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../shared/addresses.ts';

describe('F25 a public address', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
    '64:ff9b::808:808',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true));

  test.each([
    [
      'this machine',
      ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '127.255.255.255', '::1', '0.0.0.0', '0', '::'],
    ],
    [
      'a private network',
      [
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '100.64.0.1',
        'fd00::1',
        'fc00::',
        'fec0::1',
      ],
    ],
    [
      'this link, the metadata of a cloud among it',
      ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'],
    ],
    [
      'an IPv4 address in IPv6',
      [
        '::ffff:10.0.0.1',
        '::ffff:8.8.8.8',
        '::10.0.0.1',
        '64:ff9b::10.0.0.1',
        '64:ff9b:1::808:808',
        '2002:a00:1::',
        '2001:0:1::',
      ],
    ],
    [
      'services of the network itself',
      ['192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1', '2620:4f:8000::1'],
    ],
    [
      'many at once, or none',
      ['224.0.0.1', '255.255.255.255', 'ff02::1', '203.0.113.1', '2001:db8::1', '3fff::1', '240.0.0.1'],
    ],
    ['no address', ['', 'localhost', 'a.example', '1.2.3.4.5', ':', '[::1]', '1::2::3', '256.1.1.1']],
  ])('is none of %s', (_what, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  test('is, among IPv4, what Node’s own block list lets through', () => {
    const list = new BlockList();
    for (const block of '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 224.0.0.0/3'.split(
      ' ',
    )) {
      const [base = '', bits] = block.split('/');
      list.addSubnet(base, Number(bits), 'ipv4');
    }
    const byte = fc.oneof(
      fc.constantFrom(0, 1, 10, 63, 64, 100, 127, 128, 169, 172, 192, 198, 203, 223, 224, 254, 255),
      fc.nat(255),
    );
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        const address = bytes.join('.');
        expect(isPublicAddress(address)).toBe(!list.check(address, 'ipv4'));
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(!list.check(address, 'ipv4'));
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('is, among IPv6, nothing outside of 2000::/3', () => {
    const list = new BlockList();
    list.addSubnet('2000::', 3, 'ipv6');
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        if (isPublicAddress(address) && !address.startsWith('64:ff9b::'))
          expect(list.check(address, 'ipv6')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
