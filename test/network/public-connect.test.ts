import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { createPublicConnector, lookupPublic } from '../../main/network/public-connect.ts';
import { serve } from '../support/servers.ts';

const PUBLIC: LookupAddress[] = [
  { address: '93.184.215.14', family: 4 },
  { address: '2606:2800:21f::1', family: 6 },
];
const INSIDE: LookupAddress = { address: '10.0.0.1', family: 4 };

/** What node:net is given for a name that has these addresses. */
function lookUp(found: LookupAddress[], all: boolean, hostname = 'hooks.example', allow: string[] = []) {
  const lookup = lookupPublic(
    (_name, callback) => callback(null, found),
    () => allow,
  );
  return new Promise<unknown>((resolve, reject) => {
    lookup(hostname, { all }, (error, ...given) => (error ? reject(error) : resolve(given)));
  });
}

test('of a name’s addresses the public ones are called, all or the first, as node:net asks', async () => {
  expect(await lookUp([INSIDE, ...PUBLIC], true)).toEqual([PUBLIC]);
  expect(await lookUp([INSIDE, ...PUBLIC], false)).toEqual(['93.184.215.14', 4]);
});

test('a name that leads inside alone is blocked, unless it is allowed there', async () => {
  await expect(lookUp([INSIDE], true)).rejects.toMatchObject({ code: 'ADDRESS_BLOCKED' });
  expect(await lookUp([INSIDE], true, 'hooks.example', ['10.0.0.0/8'])).toEqual([[INSIDE]]);
});

test('localhost is this machine, whatever else it is said to be', async () => {
  const loopback = { address: '127.0.0.1', family: 4 };
  expect(await lookUp([...PUBLIC, loopback], true, 'localhost')).toEqual([[loopback]]);
  await expect(lookUp(PUBLIC, true, 'localhost')).rejects.toMatchObject({ code: 'ADDRESS_BLOCKED' });
});

test('a name that cannot be looked up fails as it does elsewhere', async () => {
  const lookup = lookupPublic((_name, callback) => callback(new Error('ENOTFOUND'), []));
  const error = await new Promise((resolve) => lookup('nowhere.example', { all: true }, resolve));
  expect(error).toMatchObject({ message: 'ENOTFOUND' });
});

test('the system’s own lookup is the usual one', async () => {
  const url = new URL(await serve((_request, response) => response.end()));
  const connect = createPublicConnector();
  const socket = await new Promise<{ destroy(): void } | Error>((resolve) => {
    const options = { hostname: 'localhost', protocol: 'http:', port: url.port };
    connect(options, (error, made) => resolve(error ?? (made as never)));
  });
  expect(socket).not.toBeInstanceOf(Error);
  (socket as { destroy(): void }).destroy();
});
