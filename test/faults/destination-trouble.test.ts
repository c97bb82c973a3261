/** A destination that takes no pop: all who ask hear which, since when and why, until it takes one again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { watchDestinations } from '../../main/app/destination-trouble.ts';
import { openTroubles } from '../../main/observability/troubles.ts';
import type { Delivery } from '../../main/pipeline/delivery.ts';
import { type ErrorCode, PopError } from '../../main/pipeline/errors.ts';
import { createObservable } from '../../main/platform/observable.ts';
import type { ApiResponse } from '../../shared/api.ts';
import { settingsSchema } from '../../shared/settings.ts';
import type { ShownTrouble } from '../../shared/trouble.ts';
import { type Headless, poptray, startHeadless } from '../cli/run.ts';
import { deliveringTo } from '../support/environment.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { nobody } from '../support/servers.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

const CUSTOMER = 'Ada-Lovelace-4711';

const world = (url: string) => ({
  POPTRAY_TOKEN: TOKEN,
  ...deliveringTo(url),
});

async function troublesOf(headless: Headless): Promise<ShownTrouble[]> {
  const { stdout } = await headless.poptray('status', '--json');
  return (JSON.parse(stdout) as ApiResponse<'status'>).troubles;
}

const pop = (headless: Headless) =>
  headless.poptray('trigger', '--user', USER, '--data', `name=${CUSTOMER}`, '--json');

const logOf = ({ dataDir }: Headless) => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8');

/** Each of those who ask is told the same. */
async function expectTold(headless: Headless, { since, code, why }: ShownTrouble) {
  const name = 'genesys';
  const line = `destination ${name}: in trouble since ${since}: ${why}`;
  const status = await headless.poptray('status');
  const doctor = await headless.poptray('doctor');
  const headers = { authorization: `Bearer ${TOKEN}` };
  const figures = await (await fetch(`http://127.0.0.1:${headless.port}/metrics`, { headers })).text();
  expect(status.stdout).toContain(line);
  expect([doctor.code, doctor.stdout]).toEqual([
    1,
    expect.stringMatching(/^FAULT {2}destination genesys: /m),
  ]);
  expect(doctor.stdout).toContain(line);
  expect(doctor.stdout).toMatch(/^ok {5}beside the pops: /m);
  expect(figures).toContain(
    `poptray_trouble_since_timestamp_seconds{part="destination",name="${name}",code="${code}"} ${Date.parse(since) / 1000}`,
  );
  expect(logOf(headless)).toContain(
    `in trouble what="destination ${name}" since="${since}" code="${code}" why=${JSON.stringify(why)}`,
  );
  const kept = readFileSync(join(headless.dataDir, 'troubles.json'), 'utf8');
  for (const text of [status.stdout, doctor.stdout, figures, logOf(headless), kept])
    expect(text).not.toContain(CUSTOMER);
}

describe('O05 a destination that takes no pop', () => {
  test('for which nobody listens is said with the cause, in one line of the log, and over a restart', async () => {
    const url = await nobody();
    const headless = await startHeadless({ env: world(url) });
    await pop(headless);
    const [trouble] = await troublesOf(headless);
    expect(trouble).toMatchObject({
      part: 'destination',
      code: 'refused',
      why: expect.stringMatching(
        `^It gives no access token. Nothing takes connections at ${new URL(url).host}: it was refused. Check the port`,
      ),
    });
    await expectTold(headless, trouble as ShownTrouble);
    await pop(headless);
    expect(logOf(headless).match(/in trouble what="destination/g)).toHaveLength(1);

    headless.child.kill('SIGTERM');
    await headless.ended;
    const { dataDir } = headless;
    expect((await poptray(['doctor'], { dataDir, env: world(url) })).stdout).toContain(trouble?.since);
    const again = await startHeadless({ dataDir, env: world(url) });
    expect(await troublesOf(again)).toEqual([trouble]);
  });

  test.each([
    [
      'gives no access token',
      'token',
      401,
      'upstream_unauthorized',
      /^It gives no access token\. .*client id and secret\.$/,
    ],
    [
      'forbids the pop',
      'pop',
      403,
      'upstream_forbidden',
      /^It takes no pop\. The destination forbids .*role/,
    ],
  ] as const)(
    'that %s is said with the way out, and well again with the next delivery',
    async (_, door, answer, code, why) => {
      const destination = await startStubDestination();
      (door === 'token' ? destination.onToken : destination.onPop)(reply(answer, { name: CUSTOMER }));
      const headless = await startHeadless({ env: world(destination.url) });
      await pop(headless);
      const [trouble] = await troublesOf(headless);
      expect(trouble).toMatchObject({ part: 'destination', code, why: expect.stringMatching(why) });
      await expectTold(headless, trouble as ShownTrouble);

      expect((await pop(headless)).code).toBe(0);
      expect(await troublesOf(headless)).toEqual([]);
      expect(logOf(headless)).toContain('out of trouble what="destination genesys"');
      expect((await headless.poptray('doctor')).code).toBe(0);
    },
  );

  test('because the pop itself is wrong, or that takes it at the second try, is well', async () => {
    const destination = await startStubDestination();
    destination.onPop(reply(404), reply(429, {}, { 'retry-after': '0' }));
    const headless = await startHeadless({ env: world(destination.url) });
    expect((await pop(headless)).code).toBe(1);
    expect((await pop(headless)).code).toBe(0);
    expect(logOf(headless)).not.toContain('in trouble');
  });
});

describe('what a delivery says of the destination', () => {
  function setUp() {
    const at = (host: string) => [
      { id: 'there', kind: 'http' as const, url: `https://${host}.example/` },
      { id: 'beside', kind: 'http' as const, url: 'https://beside.example/' },
    ];
    const parsed = (host: string) => settingsSchema.parse({ destinations: at(host) });
    const settings = createObservable(parsed('there'), () => {});
    const logger = { warn() {} };
    const troubles = openTroubles({ dataDir: tempDir(), clock: createFakeClock(), logger, onFault() {} });
    let isStopping = false;
    const take = watchDestinations(
      settings.select(({ destinations }) => destinations),
      settings.current.destinations,
      troubles,
      () => isStopping,
    );
    const end = (code?: ErrorCode, attempts = 1, id = 'there') =>
      take(id, {
        status: code ? 'failed' : 'delivered',
        attempts,
        tokenMs: 0,
        correlationId: null,
        windowFocused: null,
        duplicate: false,
        shownMs: undefined,
        mayHaveArrived: false,
        error: code && new PopError(code, CUSTOMER),
      } satisfies Delivery);
    return {
      end,
      stop: () => {
        isStopping = true;
      },
      move: () => settings.change({ destinations: parsed('elsewhere').destinations }),
      codes: () => troubles.list().map(({ name, code }) => `${name}: ${code}`),
    };
  }

  test('stands until one is delivered, whatever else fails meanwhile', () => {
    const { end, codes } = setUp();
    end('upstream_timeout');
    end('upstream_rejected');
    expect(codes()).toEqual(['there: upstream_timeout']);
    end();
    expect(codes()).toEqual([]);
  });

  test('ends when its settings are others; that of one beside it stands', () => {
    const { end, move, codes } = setUp();
    end('upstream_failed');
    end('upstream_timeout', 1, 'beside');
    move();
    expect(codes()).toEqual(['beside: upstream_timeout']);
    end('upstream_failed');
    end(undefined, 1, 'beside');
    expect(codes()).toEqual(['there: upstream_failed']);
  });

  test('is not kept of one that the settings do not name any more', () => {
    const { end, codes } = setUp();
    end('upstream_failed', 1, 'gone');
    expect(codes()).toEqual([]);
  });

  test('is nothing where poptray stops, or had no time to begin', () => {
    const { end, stop, codes } = setUp();
    end('upstream_timeout', 0);
    stop();
    end('upstream_unavailable');
    expect(codes()).toEqual([]);
  });
});
