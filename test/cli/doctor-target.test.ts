import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { nobody, serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray } from './run.ts';

const REGION = { id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.ie', clientId: 'id' };

/** Serves a page with these headers; what the doctor says, with the page's origin as `PAGE`. */
async function serveAndAsk(
  headers: Record<string, string>,
  args: (origin: string) => string[],
  framing?: object,
  destinations: object[] = [REGION],
) {
  const { authority, good } = makeCertificates();
  const origin = await serve((_request, response) => response.writeHead(200, headers).end(), good);
  const dataDir = tempDir();
  const caFile = join(dataDir, 'authority.pem');
  writeFileSync(caFile, authority.cert);
  const application = { id: 'crm', baseUri: `${origin}/agent`, allowedOrigins: [origin], framing };
  const settings = { destinations, applications: [application] };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const env = { NODE_EXTRA_CA_CERTS: caFile };
  const { code, stdout } = await poptray(['doctor', ...args(origin)], { dataDir, env });
  return { code, stdout: stdout.replaceAll(origin, 'PAGE') };
}

const target = (origin: string) => ['--target', `${origin}/agent`];

test('a page that the desktop may frame: exit 0', async () => {
  expect(
    await serveAndAsk({ 'content-security-policy': 'frame-ancestors https://*.mypurecloud.ie' }, target),
  ).toEqual({
    code: 0,
    stdout:
      'ok     page: PAGE/agent may be shown in a frame of https://apps.mypurecloud.ie (frame-ancestors: frame-ancestors of the page matches all around it)\n',
  });
});

test('one that it may not: which header, which directive, what to change; exit 1', async () => {
  const { code, stdout } = await serveAndAsk({ 'content-security-policy': "frame-ancestors 'self'" }, target);
  expect([code, stdout]).toEqual([
    1,
    `FAULT  page: PAGE/agent may not be shown in a frame of https://apps.mypurecloud.ie (frame-ancestors: "frame-ancestors 'self'" of the page does not match https://apps.mypurecloud.ie). What to do: Have every Content-Security-Policy of the page list each page around it in frame-ancestors; X-Frame-Options then no longer counts.\n`,
  ]);
});

test('what its application requires counts too', async () => {
  const directives = [{ directive: 'script-src', rule: 'must-not-exceed', sources: ["'self'"] }];
  const framing = { embedder: 'https://desk.example', directives };
  const { code, stdout } = await serveAndAsk({ 'x-frame-options': 'ALLOWALL' }, target, framing);
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining('https://desk.example (must-not-exceed: no policy'),
  ]);
});

test('a page that nobody can reach is a fault', async () => {
  const origin = (await nobody()).replace('http:', 'https:');
  const { code, stdout } = await poptray(['doctor', '--target', origin], { dataDir: tempDir() });
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/^FAULT {2}page: .* \(unreachable: .*it was refused/),
  ]);
});

test('what is no https URL is a wrong call', async () => {
  const { code, stderr } = await poptray(['doctor', '--target', 'http://crm.example'], {
    dataDir: tempDir(),
  });
  expect([code, stderr]).toEqual([64, expect.stringContaining('A page is an absolute https URL')]);
});

test.each([
  ['enforce', 'FAULT  pages: crm: PAGE/agent may not be shown'],
  ['warn', 'note   pages: crm: PAGE/agent may not be shown'],
  ['off', 'ok     pages: crm is not looked at'],
])('without --target every application is looked at as its mode says: %s', async (mode, line) => {
  const { stdout } = await serveAndAsk({ 'x-frame-options': 'DENY' }, () => [], { mode });
  expect(stdout).toContain(line);
});

describe('several destinations', () => {
  const GERMAN = { ...REGION, id: 'german', region: 'mypurecloud.de' };
  const HERE = { id: 'here', kind: 'workstation' };
  const OTHER = { id: 'other', kind: 'http', url: 'https://other.example/pops' };
  const onlyIrish = { 'content-security-policy': 'frame-ancestors https://*.mypurecloud.ie' };

  test.each([
    ['page', target],
    ['pages', () => []],
  ])('%s: each embedder has a verdict, with the destinations that it is of', async (check, args) => {
    const all = [REGION, { ...REGION, id: 'again' }, GERMAN, HERE];
    const { stdout } = await serveAndAsk(onlyIrish, args, { mode: 'enforce' }, all);
    const [, line = ''] = new RegExp(`^FAULT +${check}: (.*)$`, 'm').exec(stdout) ?? [];
    expect(line).toMatch(
      /for genesys, again: PAGE\S* may be shown in a frame of https:..apps.mypurecloud.ie .*for german: PAGE\S* may not be shown in a frame of https:..apps.mypurecloud.de /,
    );
    expect(line).not.toContain('here');
  });

  test('a page that nothing frames is in order; where nobody knows what does, that is said, with the way out', async () => {
    expect(await serveAndAsk({}, target, undefined, [HERE])).toEqual({
      code: 0,
      stdout: 'ok     page: PAGE/agent stands by itself on this machine: nothing frames it\n',
    });
    expect(await serveAndAsk({}, target, undefined, [HERE, OTHER])).toEqual({
      code: 0,
      stdout:
        'note   page: PAGE/agent was not looked at: other does not tell what frames it; name it as "embedder" in the "framing" of its application\n',
    });
    const { stdout } = await serveAndAsk({}, () => [], undefined, [HERE]);
    expect(stdout).toContain('ok     pages: crm is not looked at: nothing is known to frame its page');
  });
});
