import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDispatcher, fetchThrough } from '../../main/network/dispatcher.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { networkCause } from '../../main/network/network-cause.ts';
import type { Environment } from '../../main/platform/environment.ts';
import type { Cause } from '../../shared/causes.ts';
import { causeOf } from '../../shared/causes.ts';
import {
  type CertificateName,
  certificatesOfStranger,
  makeCertificates,
  selfSignedBy,
} from '../support/certificates.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startProxy } from '../support/proxy.ts';
import { nobody, serve, serveRaw } from '../support/servers.ts';
import { LOGIN, needsSquid, type Scheme, startSquid } from '../support/squid.ts';
import { tempDir } from '../support/temp-dir.ts';

const REMOTE = 'https://api.pops.test/pop';

/** Why a pop cannot be sent there, and a token not be had: both are told the same. */
async function whyNot(url: string, env: Environment = {}, timeoutMs = 5000): Promise<Cause | undefined> {
  const dispatcher = createDispatcher({ env }, createFakeClock(Date.UTC(2026, 10, 23, 12)));
  const http = createHttpClient(dispatcher);
  onTestFinished(() => http.close());
  const failed = async (call: Promise<unknown>) =>
    causeOf(
      await call.then(
        () => new Error('it was answered'),
        (error: unknown) => error,
      ),
    );
  const request = { method: 'POST', url, headers: {}, body: Buffer.from('{}') };
  const pop = await failed(http.send(request, timeoutMs, new AbortController().signal));
  if (timeoutMs < 5000) return pop;
  expect(await failed(fetchThrough(dispatcher)(url))).toEqual(pop);
  return pop;
}

const hostOf = (url: string) => new URL(url).host;

const certificate = { issuer: 'Corp CA', names: 'other.example', from: 'F', until: 'U', now: 'N' };

test.each([
  ['ENOTFOUND', 'dns_unknown_name', { host: 'a.example' }],
  ['EAI_AGAIN', 'dns_no_answer', { host: 'a.example' }],
  ['ECONNREFUSED', 'refused', { host: 'a.example:8443' }],
  ['ETIMEDOUT', 'timed_out', { host: 'a.example:8443' }],
  ['UND_ERR_CONNECT_TIMEOUT', 'timed_out', { host: 'a.example:8443' }],
  ['ENETUNREACH', 'no_route', { host: 'a.example:8443' }],
  ['ECONNRESET', 'connection_lost', { host: 'a.example:8443' }],
  ['UND_ERR_SOCKET', 'connection_lost', { host: 'a.example:8443' }],
  ['ADDRESS_BLOCKED', 'address_blocked', { host: 'a.example:8443' }],
  ['CERT_UNTRUSTED', 'certificate_unknown_issuer', { host: 'a.example:8443', issuer: 'Corp CA' }],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'certificate_incomplete',
    { host: 'a.example:8443', issuer: 'Corp CA' },
  ],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate_self_signed', { host: 'a.example:8443', issuer: 'Corp CA' }],
  [
    'CERT_HAS_EXPIRED',
    'certificate_expired',
    { host: 'a.example:8443', issuer: 'Corp CA', until: 'U', now: 'N' },
  ],
  [
    'CERT_NOT_YET_VALID',
    'certificate_not_yet_valid',
    { host: 'a.example:8443', issuer: 'Corp CA', from: 'F', now: 'N' },
  ],
  [
    'HOSTNAME_MISMATCH',
    'certificate_other_host',
    { host: 'a.example:8443', names: 'other.example', issuer: 'Corp CA' },
  ],
  ['EPROTO', 'tls_failed', { host: 'a.example:8443', code: 'EPROTO' }],
  ['EWHATEVER', 'not_understood', { host: 'a.example:8443', code: 'EWHATEVER' }],
])('%s of a.example:8443 is told as %s', (code, told, fields) => {
  const error = new Error('the library’s own words', { cause: Object.assign(new Error('deeper'), { code }) });
  expect(networkCause(error, { host: 'a.example:8443', certificate })).toEqual({ code: told, fields });
});

test.each([
  ['ENOTFOUND', 'proxy_unknown_name'],
  ['EAI_AGAIN', 'proxy_unknown_name'],
  ['ECONNREFUSED', 'proxy_refused'],
  ['UND_ERR_CONNECT_TIMEOUT', 'proxy_timed_out'],
  ['EHOSTUNREACH', 'proxy_timed_out'],
])('%s of a proxy is told as %s, with who named it', (code, told) => {
  const proxy = { url: 'http://user:mark@proxy.example:3128', via: 'HTTPS_PROXY' };
  const fields = { proxy: 'proxy.example:3128', via: 'HTTPS_PROXY' };
  expect(networkCause({ code }, { host: 'a.example', proxy })).toEqual({ code: told, fields });
});

test('of several addresses that were tried the first one’s fault is told', () => {
  const tried = ['ENETUNREACH', 'ECONNREFUSED'].map((code) => Object.assign(new Error(code), { code }));
  const error = new AggregateError(tried);
  expect(networkCause(error, { host: 'a.example' })).toEqual({
    code: 'no_route',
    fields: { host: 'a.example' },
  });
});

test('nobody who listens, and one who never answers, each have words of their own', async () => {
  const nowhere = await nobody();
  expect(await whyNot(nowhere)).toEqual({ code: 'refused', fields: { host: hostOf(nowhere) } });
  const silent = await serveRaw(() => {});
  expect(await whyNot(silent, {}, 100)).toEqual({ code: 'timed_out', fields: { host: hostOf(silent) } });
  const cuts = await serveRaw((socket) => socket.destroy());
  expect(await whyNot(cuts)).toEqual({ code: 'connection_lost', fields: { host: hostOf(cuts) } });
  const garbled = await serveRaw((socket) => socket.end('what?\r\n\r\n'));
  expect(await whyNot(garbled)).toMatchObject({ code: 'not_understood' });
});

test.each<[CertificateName, boolean, string, object]>([
  ['good', false, 'certificate_incomplete', { issuer: 'authority' }],
  ['expired', true, 'certificate_expired', { issuer: 'authority', now: 'Mon, 23 Nov 2026 12:00:00 GMT' }],
  ['wrong name', true, 'certificate_other_host', { issuer: 'authority', names: 'api.evil.example' }],
  ['self-signed', true, 'certificate_self_signed', { issuer: 'self' }],
])('the certificate %s (trusted: %s) is %s, and it is said whose', async (name, isTrusted, code, fields) => {
  const certificates = isTrusted ? makeCertificates() : certificatesOfStranger();
  const url = await serve((_request, response) => response.end(), certificates[name]);
  expect(await whyNot(url)).toMatchObject({ code, fields: { host: hostOf(url), ...fields } });
});

test('of a certificate for an address and other names it is said for which', async () => {
  const { good } = makeCertificates();
  const url = await serve((_request, response) => response.end(), good);
  expect(await whyNot(url.replace('127.0.0.1', '[::ffff:7f00:1]'))).toMatchObject({
    code: 'certificate_other_host',
    fields: { names: '127.0.0.1, localhost' },
  });
});

test('an authority that is sent along and not trusted is said by name, also where a proxy puts itself in between', async () => {
  const { authority, good, remote } = certificatesOfStranger();
  const chain = ({ key, cert }: typeof good) => ({ key, cert: Buffer.concat([cert, authority.cert]) });
  const direct = await serve((_request, response) => response.end(), chain(good));
  const unknown = (host: string) => ({
    code: 'certificate_unknown_issuer',
    fields: { host, issuer: 'authority' },
  });
  expect(await whyNot(direct)).toEqual(unknown(hostOf(direct)));
  const { url } = await startProxy(await serve((_request, response) => response.end(), chain(remote)));
  expect(await whyNot(REMOTE, { HTTPS_PROXY: url })).toEqual(unknown('api.pops.test'));
});

test('a server without TLS on a port for https is said so', async () => {
  const plain = await serve((_request, response) => response.end());
  expect(await whyNot(plain.replace('http:', 'https:'))).toMatchObject({ code: 'tls_failed' });
});

test('a proxy that is not there, has no name, or is cut off, is named with who named it', async () => {
  const nowhere = await nobody();
  expect(await whyNot(REMOTE, { HTTPS_PROXY: nowhere })).toEqual({
    code: 'proxy_refused',
    fields: { proxy: hostOf(nowhere), via: 'HTTPS_PROXY' },
  });
  expect(await whyNot(REMOTE, { HTTP_PROXY: 'http://user:mark-password@proxy.invalid:3128' })).toEqual({
    code: 'proxy_unknown_name',
    fields: { proxy: 'proxy.invalid:3128', via: 'HTTP_PROXY' },
  });
  const cuts = await serveRaw((socket) => socket.destroy());
  expect(await whyNot(REMOTE, { HTTPS_PROXY: cuts })).toEqual({
    code: 'connection_lost',
    fields: { host: `the proxy ${hostOf(cuts)}` },
  });
});

test('a proxy over TLS whose certificate is not trusted is the one to blame', async () => {
  const { good } = certificatesOfStranger();
  const url = await serve((_request, response) => response.end(), good);
  expect(await whyNot(REMOTE, { HTTPS_PROXY: url })).toEqual({
    code: 'certificate_incomplete',
    fields: { host: `the proxy ${hostOf(url)}`, issuer: 'authority' },
  });
});

test('no certificate brings control characters or long texts into the words', async () => {
  const stranger = selfSignedBy('a\u001b[31m\u202eb\nc');
  const url = await serve((_request, response) => response.end(), stranger);
  expect(await whyNot(url)).toMatchObject({ fields: { issuer: 'a [31m b c' } });
});

const squid = (address: string, login = '') => ({ HTTPS_PROXY: `http://${login && `${login}@`}${address}` });

test.for<[Scheme[], string, string | undefined]>([
  [['Basic'], 'proxy_wants_login', undefined],
  [['NTLM', 'Basic'], 'proxy_wants_login', undefined],
  [['Basic'], 'proxy_refuses_login', 'agent:wrong'],
  [['NTLM'], 'proxy_login_unknown', undefined],
  [['NTLM'], 'proxy_login_unknown', LOGIN],
  [['Negotiate', 'NTLM'], 'proxy_login_unknown', undefined],
])('a real squid that offers %s gives %s to the sign-in %s', async ([schemes, code, login], context) => {
  needsSquid(context);
  const address = await startSquid(schemes);
  expect(await whyNot(REMOTE, squid(address, login))).toEqual({
    code,
    fields: {
      proxy: address,
      via: 'HTTPS_PROXY',
      schemes: schemes.join(', '),
      ...(code === 'proxy_login_unknown' && { host: 'api.pops.test' }),
    },
  });
});

test('a real squid lets through who signs in, says what it forbids, and what it cannot find', async (context) => {
  needsSquid(context);
  const { remote } = makeCertificates();
  const there = await serve((_request, response) => response.end('there'), remote);
  const url = `https://api.pops.test:${new URL(there).port}/pop`;
  const hosts = join(tempDir(), 'hosts');
  writeFileSync(hosts, '127.0.0.1 api.pops.test\n');
  chmodSync(dirname(hosts), 0o755);
  const address = await startSquid(
    ['Basic'],
    [`hosts_file ${hosts}`, 'acl banned dstdomain banned.pops.test', 'http_access deny banned'],
  );
  const env = squid(address, LOGIN);
  const dispatcher = createDispatcher({ env }, createFakeClock());
  onTestFinished(() => dispatcher.destroy());
  expect(await (await fetchThrough(dispatcher)(url)).text()).toBe('there');
  const about = { proxy: address, via: 'HTTPS_PROXY' };
  expect(await whyNot('https://banned.pops.test', env)).toEqual({
    code: 'proxy_forbids',
    fields: { ...about, host: 'banned.pops.test', status: '403' },
  });
  expect(await whyNot('https://nowhere.invalid', env)).toEqual({
    code: 'proxy_finds_nothing',
    fields: { ...about, host: 'nowhere.invalid', status: expect.stringMatching(/^5\d\d$/) },
  });
});
