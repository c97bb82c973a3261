/** What the agent desktop says of the focus, and what it keeps. */
import { describe, expect, test } from 'vitest';
import { createAgentDesktop } from '../../main/agent-desktop/agent-desktop.ts';
import type { LookAtFraming } from '../../main/agent-desktop/framing-looks.ts';
import type { DesktopEvent } from '../../shared/desktop.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const ORIGIN = 'http://127.0.0.1:9';
const POP = {
  userId: 'agent-1',
  applicationId: 'crm',
  idempotencyKey: 'key-1',
  state: {},
  uri: `${ORIGIN}/customer/#customerName=Ada%20Lovelace`,
};

function open(lookAtFraming?: LookAtFraming) {
  const clock = createFakeClock();
  const desktop = createAgentDesktop({ clock, lookAtFraming, origin: () => ORIGIN });
  /** A page, which answers when it is told to. */
  const openPage = () => {
    const events: DesktopEvent[] = [];
    const leave = desktop.open((event) => events.push(event));
    const here = events[0];
    if (here?.type !== 'here') throw new Error('the first event is another');
    const last = () => events.findLast(({ type }) => type === 'pop');
    const answer = (isFocused: boolean) => {
      const event = last();
      if (event?.type !== 'pop') throw new Error('there is no pop');
      desktop.hear({ page: here.page, pop: event.pop.id, isFocused });
    };
    return { events, leave, answer, kept: here.pops };
  };
  return { clock, desktop, openPage };
}

describe('the focus of a pop', () => {
  test('is unknown while no page is open, and known at once', () => {
    expect(open().desktop.show(POP)).toBeNull();
  });

  test.each([true, false])('is what the page has measured: %s', async (isFocused) => {
    const { desktop, openPage } = open();
    const page = openPage();
    const said = desktop.show(POP);
    page.answer(isFocused);
    expect(await said).toBe(isFocused);
    expect(page.events.at(-1)).toMatchObject({ type: 'change', pop: { windowFocused: isFocused } });
  });

  test('of two pages it is enough that one has it; that one has not is not', async () => {
    const { desktop, openPage } = open();
    const [one, two] = [openPage(), openPage()];
    const first = desktop.show(POP);
    one.answer(false);
    two.answer(true);
    expect(await first).toBe(true);
    const second = desktop.show(POP);
    one.answer(true);
    expect(await second).toBe(true);
    const third = desktop.show(POP);
    two.answer(false);
    one.answer(false);
    expect(await third).toBe(false);
  });

  test('is unknown where the page says nothing within a second, or leaves', async () => {
    const { clock, desktop, openPage } = open();
    const page = openPage();
    const said = desktop.show(POP);
    await clock.advance(999);
    let isKnown = false;
    void Promise.resolve(said).then(() => {
      isKnown = true;
    });
    await clock.advance(0);
    expect(isKnown).toBe(false);
    await clock.advance(1);
    expect(await said).toBeNull();
    // What comes late changes nothing.
    page.answer(true);
    expect(page.events.at(-1)).toMatchObject({ pop: { windowFocused: null } });

    const left = desktop.show(POP);
    page.leave();
    expect(await left).toBeNull();
    expect(clock.pending()).toEqual([]);
  });

  test('is not taken from a page that was not asked, nor for another pop', async () => {
    const { clock, desktop, openPage } = open();
    const page = openPage();
    const said = desktop.show(POP);
    const late = openPage();
    desktop.hear({ page: 'made-up', pop: late.kept[0]?.id ?? '', isFocused: true });
    desktop.hear({ page: 'made-up', pop: 'made-up', isFocused: true });
    page.answer(false);
    expect(await said).toBe(false);
    await clock.advance(1000);
  });
});

test('the latest fifty pops are kept, whole, for whoever opens a page', () => {
  const { desktop, openPage } = open();
  for (let index = 0; index < 200; index += 1) desktop.show({ ...POP, idempotencyKey: `key-${index}` });
  const { kept } = openPage();
  expect(kept.map(({ idempotencyKey }) => idempotencyKey)).toEqual(
    Array.from({ length: 50 }, (_, index) => `key-${150 + index}`),
  );
  expect(kept[0]?.uri).toBe(POP.uri);
});

describe('whether a page may be framed', () => {
  const verdict = (embedder: string) => ({
    embedder,
    verdict: 'blocked' as const,
    rule: 'x-frame-options',
    detail: 'DENY',
    advice: null,
  });

  test('is looked at once for here and for Genesys Cloud, without the fragment, and told when it is known', async () => {
    const looks: (readonly [string, readonly string[]])[] = [];
    const { clock, desktop, openPage } = open(async (page, embedders) => {
      looks.push([page, embedders]);
      return embedders.map(verdict);
    });
    const page = openPage();
    const uri = 'https://crm.example/agent?view=1#customerName=Ada';
    void desktop.show({ ...POP, uri });
    expect(page.events.at(-1)).toMatchObject({ type: 'pop', pop: { framing: null } });
    await clock.advance(0);
    expect(page.events.at(-1)).toMatchObject({
      type: 'change',
      pop: { framing: [verdict(ORIGIN), verdict('https://apps.mypurecloud.com')] },
    });
    void desktop.show({ ...POP, uri });
    expect(page.events.at(-1)).toMatchObject({ type: 'pop', pop: { framing: [verdict(ORIGIN), {}] } });
    expect(looks).toEqual([['https://crm.example/agent?view=1', [ORIGIN, 'https://apps.mypurecloud.com']]]);
    // Who has mended the page wants to see it.
    await clock.advance(10_000);
    void desktop.show({ ...POP, uri });
    expect(looks).toHaveLength(2);
  });

  test('needs no look for the customer page of its own', () => {
    const { desktop, openPage } = open(async () => {
      throw new Error('looked');
    });
    void desktop.show(POP);
    expect(openPage().kept[0]?.framing).toEqual([]);
  });
});
