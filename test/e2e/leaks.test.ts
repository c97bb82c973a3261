import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { start } from '../cli/run.ts';
import { run, startHeadless } from '../support/headless.ts';
import { filesIn, findMarks, type Place, spellings } from '../support/marks.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { CUSTOMER, mark, provoke, SECRETS } from '../support/provocation.ts';
import { startReceiver } from '../support/receiver.ts';
import { serveRaw } from '../support/servers.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

test('the search finds a mark in every spelling', () => {
  const text = mark('Mtest');
  for (const form of spellings(text))
    expect(findMarks({ text }, [['x', `..${form}..`]])).toEqual(['text in x']);
  const json = JSON.stringify({ uri: `https://a.example/#a=${encodeURIComponent(text)}` });
  for (const padding of ['', 'a', 'ab']) {
    for (const encoding of ['base64', 'base64url', 'hex', 'utf8'] as const) {
      expect(findMarks({ text }, [['x', Buffer.from(padding + json).toString(encoding)]])).toEqual([
        'text in x',
      ]);
    }
  }
  expect(findMarks({ text }, [['x', 'Zoë & Söhne']])).toEqual([]);
});

test('L32 nothing of a customer and no secret gets into a file, a line of output or an answer', async () => {
  const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
  const home = tempDir();
  const dataDir = join(home, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const collector = await startOtlpReceiver();
  const syslog: Promise<string>[] = [];
  const siem = new URL(await serveRaw((socket) => void syslog.push(text(socket).catch(() => ''))));
  const shipping = [
    { id: 'siem', kind: 'syslog', host: siem.hostname, port: Number(siem.port), tls: false, enterpriseId: 1 },
    { id: 'collector', kind: 'otlp', url: collector.url, secretHeader: 'authorization' },
  ];
  const settings = { version: 1, logLevel: 'debug', attemptTimeoutMs: 600, totalDeadlineMs: 600, shipping };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings));
  const options = {
    dataDir,
    env: {
      GENESYS_BASE_URL: destination.url,
      GENESYS_CLIENT_ID: 'client-id',
      GENESYS_CLIENT_SECRET: SECRETS['the client secret'],
      SIGNING_SECRET: SECRETS['the signing secret'],
      PRODUCTIVITY_WEBHOOK_URL: receiver.url,
      PRODUCTIVITY_WEBHOOK_SECRET: SECRETS['the webhook secret'],
      POPTRAY_RATE_LIMIT: '25',
    },
  };
  const places: Place[] = [];
  /** What was said in answer to something. */
  const say = (name: string, text: string) => places.push([name, text]);

  const shipperSecret = 'Bearer Sshipper-5f1c+/~';
  const put = start('cli.ts', ['secret', 'set', 'shipper-secret:collector'], {
    ...options,
    input: shipperSecret,
  });
  expect((await put.ended).code).toBe(0);
  const app = await startHeadless(options);
  await provoke(app, destination, receiver, say);
  say(
    'metrics',
    await (await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text(),
  );
  const kept = join(dataDir, 'secrets.json');
  const secrets = { ...SECRETS, ...JSON.parse(readFileSync(kept, 'utf8')).secrets };

  for (const args of [
    ['audit', 'list', '--all'],
    ['audit', 'export'],
    ['audit', 'export', '--format', 'csv'],
  ]) {
    const command = run('cli.ts', args, options);
    expect(await command.ended, command.output()).toBe(0);
    say(args.join(' '), command.output());
  }
  const doctor = run('cli.ts', ['doctor'], options);
  await doctor.ended;
  say('doctor', doctor.output());
  const letters = run('cli.ts', ['webhooks', 'list'], options);
  await letters.ended;
  say('webhooks list', letters.output());
  const token = run('cli.ts', ['token', 'create', 'softphone'], options);
  expect(await token.ended).toBe(0);
  secrets['a created token'] = token.output().trim().split(/\s+/).at(-1);

  // Killed, so that the write-ahead log is searched as well.
  app.kill('SIGKILL');
  await app.ended;
  const afterKill = filesIn(home);
  const again = await startHeadless(options);
  again.kill('SIGTERM');
  expect(await again.ended, again.output()).toBe(0);
  for (const [name, bytes] of [...afterKill, ...filesIn(home)]) places.push([name, bytes]);
  say('the output', app.output() + again.output());

  // Wherever the log went, it holds no more than here.
  const shipped: Place[] = collector.received.map(({ bytes }) => ['otlp', bytes]);
  for (const sent of syslog) shipped.push(['syslog', await sent]);
  expect(findMarks({ user: USER }, shipped)).toEqual(
    expect.arrayContaining(['user in otlp', 'user in syslog']),
  );
  places.push(...shipped);
  expect(collector.received[0]?.headers.authorization).toBe(shipperSecret);

  // What must have come through, and where it may be.
  const names = places.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['data/poptray.db-wal', 'data/logs/poptray.log', 'data/secrets.json']),
  );
  expect(
    findMarks(
      CUSTOMER,
      destination.pops.map(({ body }) => ['pop', body]),
    ),
  ).toEqual(expect.arrayContaining(['a value in pop', 'the caller in pop', 'a number in pop']));
  expect(findMarks(secrets, [['pop', JSON.stringify(destination.pops[0]?.headers)]])).toContain(
    'the access token in pop',
  );
  const nowhere = places.filter(([name]) => name !== 'data/secrets.json');
  expect(findMarks({ ...CUSTOMER, ...secrets }, nowhere)).toEqual([]);
  // What comes from the environment is not kept at all.
  expect(findMarks({ ...CUSTOMER, ...SECRETS }, places)).toEqual([]);
  for (const [name, { length }] of filesIn(dataDir)) {
    if (length > 0) expect(statSync(join(dataDir, name)).mode & 0o077, name).toBe(0);
  }
}, 60_000);
