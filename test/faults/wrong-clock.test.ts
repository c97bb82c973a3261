/** A poptray whose clock is wrong: doctor names it, and a certificate that it takes for a future one says so where it hurts. */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { poptray, startHeadless } from '../cli/run.ts';
import { certificatesOfStranger } from '../support/certificates.ts';
import { deliveringTo } from '../support/environment.ts';
import { needs } from '../support/needs.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
const needsFaketime = needs('libfaketime: apt-get install libfaketime', LIBRARY !== undefined);

/** A destination over TLS whose clock is right, and the environment of a poptray whose clock is off by `shift`. */
async function setUp(shift: string) {
  const { authority, good } = certificatesOfStranger();
  const url = await serve((request, response) => {
    request.resume();
    const token = { access_token: 'token', token_type: 'bearer', expires_in: 3600 };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/oauth/token' ? token : { windowFocused: true }));
  }, good);
  const caFile = join(tempDir(), 'authority.pem');
  writeFileSync(caFile, authority.cert);
  const env = {
    POPTRAY_TOKEN: TOKEN,
    ...deliveringTo(url),
    NODE_EXTRA_CA_CERTS: caFile,
    LD_PRELOAD: LIBRARY ?? '',
    FAKETIME: shift,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { host: new URL(url).host, env };
}

describe('O13 doctor and the clock', () => {
  test('a clock that is ahead of the destination’s is a fault, with the way to set it, also where no poptray runs', async (context) => {
    needsFaketime(context);
    const { env } = await setUp('+10m');
    const said =
      /^FAULT {2}clock: The clock of this machine is wrong: it is 10 minutes ahead of what servers say\. Set it right/m;
    const alone = await poptray(['doctor'], { dataDir: tempDir(), env });
    expect([alone.code, alone.stdout]).toEqual([1, expect.stringMatching(said)]);
    const headless = await startHeadless({ env });
    const running = await headless.poptray('doctor');
    expect([running.code, running.stdout]).toEqual([1, expect.stringMatching(said)]);
  });

  test('a clock that is right is said to be so, and one that nobody has compared is no fault', async (context) => {
    needsFaketime(context);
    const { env } = await setUp('+20s');
    const compared = await poptray(['doctor'], { dataDir: tempDir(), env });
    expect([compared.code, compared.stdout]).toEqual([
      0,
      expect.stringMatching(/^ok {5}clock: within a minute of what servers say$/m),
    ]);
    const { code, stdout } = await poptray(['doctor'], { dataDir: tempDir() });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(ok {5}|note {3})clock: /m)]);
  });
});

test('O05 a certificate that counts only from a later day on is said so by doctor and in the reply, with the way out', async (context) => {
  needsFaketime(context);
  const { host, env } = await setUp('-10d');
  const headless = await startHeadless({ env });
  const says = `The certificate of ${host} \\(from authority\\) counts from .+ on, and this machine’s clock says .+\\.`;
  const pop = await headless.poptray('trigger', '--user', USER, '--json');
  expect(JSON.parse(pop.stdout || pop.stderr)).toMatchObject({
    code: 'upstream_unavailable',
    detail: expect.stringMatching(says),
    hint: 'Set the clock right: most likely it is behind.',
  });
  const doctor = await headless.poptray('doctor');
  expect(doctor.stdout).toMatch(
    new RegExp(`^FAULT {2}destination genesys: .*${says} Set the clock right`, 'm'),
  );
});
