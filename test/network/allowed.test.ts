import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAllowEntry, isAllowed } from '../../shared/addresses.ts';
import { webhookSchema } from '../../shared/settings.ts';

describe('an entry of "allow"', () => {
  test.each([
    '10.0.0.1',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.1.2.3/32',
    '::1',
    'fd00::/8',
    'fd00:ec2::254',
    'hook',
    'hook.corp.example',
  ])('may be %s', (entry) => {
    expect(isAllowEntry(entry)).toBe(true);
  });

  test.each([
    '',
    '*',
    '*.corp.example',
    '10',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '010.0.0.1',
    '0x7f.1',
    'fd00::/129',
    '::g',
    'a b',
    'https://hook',
    'hook:443',
    'hook/8',
    '.hook',
    '127.1',
  ])('is not %j: what it means would have to be guessed', (entry) => {
    expect(isAllowEntry(entry)).toBe(false);
    expect(webhookSchema.safeParse({ id: 'crm', url: 'https://hook/', allow: [entry] }).success).toBe(false);
  });

  test('allows what Node’s own block list has in the same range', () => {
    const v4 = fc.ipV4();
    fc.assert(
      fc.property(v4, fc.integer({ min: 0, max: 32 }), v4, (base, size, address) => {
        const list = new BlockList();
        list.addSubnet(base, size);
        expect(isAllowed([`${base}/${size}`], 'hook', address)).toBe(list.check(address));
        expect(isAllowed([`${base}/${size}`], 'hook', base)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), (base, size, address) => {
        const list = new BlockList();
        list.addSubnet(base, size, 'ipv6');
        expect(isAllowed([`${base}/${size}`], 'hook', address)).toBe(list.check(address, 'ipv6'));
      }),
    );
  });

  test('that is a host is that host alone, at whatever address', () => {
    const allows = (host: string) => isAllowed(['hook.corp.example'], host, '10.0.0.1');
    expect(['hook.corp.example', 'HOOK.corp.example', 'hook.corp.example.'].map(allows)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['corp.example', 'x.hook.corp.example', '10.0.0.1'].map(allows)).toEqual([false, false, false]);
  });

  test('of one family says nothing of the other', () => {
    expect(isAllowed(['0.0.0.0/0'], 'hook', '::1')).toBe(false);
    expect(isAllowed(['0.0.0.0/0'], 'hook', '::ffff:10.0.0.1')).toBe(false);
    expect(isAllowed(['::/0'], 'hook', '10.0.0.1')).toBe(false);
  });
});

test('F25 a literal address inside of the network is saved when "allow" names it, and in no other spelling', () => {
  const isSaved = (url: string, allow: string[]) =>
    webhookSchema.safeParse({ id: 'crm', url, allow }).success;
  expect(isSaved('https://10.0.0.1/hook', ['10.0.0.0/8'])).toBe(true);
  expect(isSaved('https://[fd00::1]:8443/hook', ['fd00::/8'])).toBe(true);
  expect(isSaved('https://10.0.0.1/hook', ['192.168.0.0/16', 'hook'])).toBe(false);
  expect(isSaved('https://10.1/hook', ['10.0.0.0/8'])).toBe(false);
  expect(isSaved('http://10.0.0.1/hook', ['10.0.0.0/8'])).toBe(false);
});
