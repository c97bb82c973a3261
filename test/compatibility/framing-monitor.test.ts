import { describe, expect, test } from 'vitest';
import { createFramingMonitor } from '../../main/compatibility/framing-monitor.ts';
import type { Target } from '../../main/compatibility/page-probe.ts';
import type { TargetVerdict } from '../../main/policy/target-verdict.ts';
import type { FramingState } from '../../shared/framing.ts';
import { SAMPLE_APPLICATION, settingsSchema } from '../../shared/settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const PAGE = 'https://crm.example.com/agent';
const HOUR = 3_600_000;
const GENESYS = { id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.ie', scope: '' };

const verdict = (kind: TargetVerdict['verdict'], rule = 'frame-ancestors'): TargetVerdict => ({
  verdict: kind,
  rule,
  detail: 'upstream text',
  advice: null,
});

/** A watch over one application, whose looks take as long as a test wants. */
function createScene(framing?: object, destinations: object | object[] = GENESYS, own?: string[]) {
  const clock = createFakeClock();
  const looks: { target: Target; end: (verdict: TargetVerdict) => void }[] = [];
  const news: FramingState[] = [];
  const watch = createFramingMonitor({
    clock,
    judge: (target) => new Promise((end) => looks.push({ target, end })),
    onVerdict: (state) => news.push(state),
  });
  const settingsWith = (framing?: object, baseUri = PAGE) =>
    settingsSchema.parse({
      destinations: [destinations].flat(),
      applications: [
        { id: 'crm', baseUri, allowedOrigins: [new URL(baseUri).origin], framing, destinations: own },
      ],
    });
  const settings = settingsWith(framing);
  watch.use(settings);
  const [application] = settings.applications;
  if (!application) throw new Error('no application');
  return {
    clock,
    looks,
    news,
    watch,
    settingsWith,
    check: (destination = 'genesys') => watch.check(application, destination),
    state: () => watch.statesOf('crm')?.[0],
    /** Ends the look that was begun last, or last for that embedder. */
    async end(kind: TargetVerdict['verdict'], rule?: string, embedder?: string) {
      looks
        .findLast(({ target }) => target.embedder === (embedder ?? target.embedder))
        ?.end(verdict(kind, rule));
      await clock.advance(0);
    },
  };
}

const REFUSAL = {
  rule: 'frame-ancestors',
  detail: 'https://crm.example.com may not be shown in a frame of https://apps.mypurecloud.ie',
};

describe('enforce', () => {
  test('a page is looked at before its first pop, which then does not wait', async () => {
    const { looks, end, check } = createScene({ mode: 'enforce' });
    expect(looks.map(({ target }) => target)).toMatchObject([
      { page: PAGE, origins: ['https://crm.example.com'], embedder: 'https://apps.mypurecloud.ie' },
    ]);
    await end('allowed');
    expect(check()).toBeUndefined();
    expect(looks).toHaveLength(1);
  });

  test('a page that may not be framed is refused, in words of our own', async () => {
    const { end, check } = createScene({ mode: 'enforce' });
    await end('blocked');
    expect(check()).toEqual(REFUSAL);
  });

  test('while nothing is known a pop waits for the look, all pops for the same one', async () => {
    const { looks, end, check } = createScene({ mode: 'enforce' });
    const waiting = Promise.all([check(), check()]);
    await end('blocked');
    expect(await waiting).toEqual([REFUSAL, REFUSAL]);
    expect(looks).toHaveLength(1);
  });

  test('it waits two seconds at most, and what is not known does not count as allowed', async () => {
    const { clock, check } = createScene({ mode: 'enforce' });
    const waiting = check();
    await clock.advance(2000);
    expect(await waiting).toEqual({
      rule: 'not-yet-known',
      detail: 'https://crm.example.com is not known to be allowed in a frame of https://apps.mypurecloud.ie',
    });
  });

  test('nor does a page that cannot be reached; it is tried again after 30 s, and no pop waits until then', async () => {
    const { clock, looks, end, check } = createScene({ mode: 'enforce' });
    await end('unknown', 'unreachable');
    expect(check()).toMatchObject({ rule: 'unreachable' });
    await clock.advance(29_999);
    expect([check(), looks.length]).toMatchObject([{ rule: 'unreachable' }, 1]);
    await clock.advance(1);
    expect(looks).toHaveLength(2);
    await end('allowed');
    expect(check()).toBeUndefined();
  });

  test('a verdict is made anew behind, in good time before it stops to count', async () => {
    const { clock, looks, end, check } = createScene({ mode: 'enforce', keepForMs: HOUR });
    await end('allowed');
    await clock.advance(HOUR / 2);
    expect([check(), looks.length]).toEqual([undefined, 2]);
    await end('blocked');
    expect(check()).toEqual(REFUSAL);
  });

  test('it outlives an outage of the page, but not for longer than it is kept', async () => {
    const { clock, looks, end, check } = createScene({ mode: 'enforce', keepForMs: HOUR });
    await end('allowed');
    await clock.advance(HOUR / 2);
    await end('unknown', 'unreachable');
    expect(check()).toBeUndefined();
    for (let past = HOUR / 2; past < HOUR; past += 30_000) {
      expect(check()).toBeUndefined();
      await clock.advance(30_000);
      await end('unknown', 'unreachable');
    }
    expect(check()).toMatchObject({ rule: 'unreachable' });
    expect(looks.length).toBeGreaterThan(60);
  });
});

describe('warn and off', () => {
  test('warn holds no pop back, whatever is known, and says what was found, once', async () => {
    const { clock, news, end, check } = createScene({ mode: 'warn' });
    expect(check()).toBeUndefined();
    await end('blocked');
    expect(check()).toBeUndefined();
    await clock.advance(HOUR / 2);
    await end('blocked');
    expect(news).toMatchObject([
      { application: 'crm', mode: 'warn', verdict: 'blocked', rule: 'frame-ancestors' },
    ]);
    await clock.advance(HOUR / 2);
    await end('allowed');
    expect(news).toHaveLength(2);
  });

  test('off: nobody looks, unless a person asks', async () => {
    const { clock, looks, watch, end, check, state } = createScene({ mode: 'off' });
    await clock.advance(24 * HOUR);
    expect([check(), looks.length]).toEqual([undefined, 0]);
    expect(state()).toMatchObject({ verdict: 'unknown', rule: 'not-yet-known', lookedAt: null });
    const asked = watch.lookNow('crm');
    await end('blocked');
    expect(await asked).toMatchObject([{ verdict: 'blocked', mode: 'off', lookedAt: clock.now() }]);
    await clock.advance(24 * HOUR);
    expect([check(), looks.length]).toEqual([undefined, 1]);
  });

  test('without settings it is warn; off with the simulator, and for the sample, whose page does not exist', () => {
    expect(createScene().state()?.mode).toBe('warn');
    const simulated = createScene(undefined, { id: 'genesys', kind: 'simulator' });
    expect([simulated.state()?.mode, simulated.looks.length]).toEqual(['off', 0]);
    const { watch, state, looks, settingsWith } = createScene({ mode: 'off' });
    watch.use(settingsWith(undefined, SAMPLE_APPLICATION.baseUri));
    expect([state()?.mode, looks.length]).toEqual(['off', 0]);
  });
});

describe('the settings change', () => {
  test('what is the same keeps its verdict; what is another is looked at', async () => {
    const { looks, watch, settingsWith, end, check } = createScene({ mode: 'enforce' });
    await end('blocked');
    watch.use(settingsWith({ mode: 'enforce' }));
    expect([check(), looks.length]).toEqual([REFUSAL, 1]);
    watch.use(settingsWith({ mode: 'enforce', embedder: 'https://desk.example' }));
    expect(looks.at(-1)?.target.embedder).toBe('https://desk.example');
    await end('allowed');
    expect(check()).toBeUndefined();
  });

  test('a look that was under way for what was before does not count, and is not repeated', async () => {
    const { clock, looks, watch, settingsWith, check } = createScene({ mode: 'enforce' });
    watch.use(settingsWith({ mode: 'enforce', embedder: 'https://desk.example' }));
    looks[0]?.end(verdict('allowed'));
    looks[1]?.end(verdict('blocked'));
    await clock.advance(0);
    expect(check()).toMatchObject({ rule: 'frame-ancestors' });
    await clock.advance(HOUR / 2);
    expect(looks).toHaveLength(3);
  });

  test.each([
    [{ baseUrl: 'https://api.mypurecloud.de' }, 'https://apps.mypurecloud.de'],
    [{ baseUrl: 'http://127.0.0.1:8090' }, 'https://apps.mypurecloud.com'],
    [{ region: 'usw2.pure.cloud' }, 'https://apps.usw2.pure.cloud'],
  ])('the agent desktop for %o is %s', (where, embedder) => {
    const { state } = createScene(undefined, { id: 'genesys', kind: 'genesys-screenpops', ...where });
    expect(state()?.embedder).toBe(embedder);
  });
});

test('after a stop nothing is looked at any more', async () => {
  const { clock, looks, watch, end } = createScene({ mode: 'enforce' });
  await end('allowed');
  watch.stop();
  await clock.advance(24 * HOUR);
  expect([looks.length, clock.pending()]).toEqual([1, []]);
});

test('a page that nothing frames is not looked at, whatever its application says', async () => {
  const framing = { mode: 'enforce', embedder: 'https://desk.example' };
  const { looks, watch, check } = createScene(framing, { id: 'genesys', kind: 'workstation' });
  expect([looks.length, check(), watch.statesOf('crm')]).toEqual([0, undefined, []]);
});

describe('several destinations', () => {
  const [IE, DE] = ['https://apps.mypurecloud.ie', 'https://apps.mypurecloud.de'];
  const EVERYWHERE = [
    GENESYS,
    { ...GENESYS, id: 'again' },
    { ...GENESYS, id: 'german', region: 'mypurecloud.de' },
    { id: 'here', kind: 'workstation' },
    { id: 'other', kind: 'http', url: 'https://other.example/pops' },
  ];
  const FRAMED = ['genesys', 'again', 'german', 'here'];

  test('each embedder is looked at once, and its verdict is that of its destinations alone', async () => {
    const { looks, watch, check, end } = createScene({ mode: 'enforce' }, EVERYWHERE, FRAMED);
    expect(looks.map(({ target }) => target.embedder)).toEqual([IE, DE]);
    await end('blocked', undefined, IE);
    await end('allowed', undefined, DE);
    expect(FRAMED.map((id) => check(id))).toEqual([REFUSAL, REFUSAL, undefined, undefined]);
    const states = [
      { embedder: IE, destinations: ['genesys', 'again'], verdict: 'blocked' },
      { embedder: DE, destinations: ['german'], verdict: 'allowed' },
    ];
    expect(watch.statesOf('crm')).toMatchObject(states);
    expect(watch.statesOf('crm', ['again'])).toMatchObject([{ embedder: IE, destinations: ['again'] }]);
    expect([watch.statesOf('crm', ['here']), watch.statesOf('crm', ['other'])]).toEqual([[], []]);
  });

  test('a verdict is news of its embedder, whatever is known of the others', async () => {
    const { news, end } = createScene({ mode: 'warn' }, EVERYWHERE, FRAMED);
    await end('allowed', undefined, DE);
    await end('blocked', undefined, IE);
    expect(news).toMatchObject([
      { embedder: DE, destinations: ['german'], verdict: 'allowed' },
      { embedder: IE, destinations: ['genesys', 'again'], verdict: 'blocked' },
    ]);
  });

  test('one that only a trigger names is looked at when it does', async () => {
    const { looks, watch, check, end } = createScene({ mode: 'enforce' }, EVERYWHERE, ['genesys']);
    await end('allowed');
    expect([check('again'), looks.length]).toEqual([undefined, 1]);
    const german = check('german');
    await end('blocked', undefined, DE);
    expect([await german, looks.length]).toMatchObject([{ rule: 'frame-ancestors' }, 2]);
    expect(watch.statesOf('crm')).toMatchObject([{ embedder: IE, destinations: ['genesys'] }]);
  });

  test('of those of one embedder the strictest counts, among where the application goes', () => {
    const both = [
      { id: 'simulated', kind: 'simulator' },
      { ...GENESYS, region: 'mypurecloud.com' },
    ];
    const { looks, watch } = createScene(undefined, both);
    expect(watch.statesOf('crm')).toMatchObject([{ mode: 'warn', destinations: ['simulated', 'genesys'] }]);
    expect(looks).toHaveLength(1);
    const simulated = createScene(undefined, both, ['simulated']);
    expect([simulated.state()?.mode, simulated.looks]).toEqual(['off', []]);
  });

  test('enforce: where nobody knows what frames the page it is not shown; warn: it is', () => {
    const { check, looks } = createScene({ mode: 'enforce' }, EVERYWHERE, ['here']);
    expect(check('other')).toMatchObject({ rule: 'embedder-unknown' });
    expect([check('here'), looks]).toEqual([undefined, []]);
    expect(createScene({ mode: 'warn' }, EVERYWHERE, ['here']).check('other')).toBeUndefined();
    const desk = { mode: 'enforce', embedder: 'https://desk.example' };
    const told = createScene(desk, EVERYWHERE, ['here']);
    void told.check('other');
    expect(told.looks.map(({ target }) => target.embedder)).toEqual(['https://desk.example']);
  });
});
