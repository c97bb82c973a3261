import type { Menu, MenuItemConstructorOptions, NativeImage } from 'electron';
import { expect, test, vi } from 'vitest';
import type { MenuActions } from '../../main/electron/menu-template.ts';
import { createTray } from '../../main/electron/tray.ts';
import type { Status } from '../../main/electron/tray-state.ts';
import type { ApiEvent, ApiResult, Operation } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { quietStatus } from '../support/quiet-status.ts';
import { resultEntry } from './entries.ts';

async function openTray() {
  const clock = createFakeClock();
  const listeners = new Set<(event: ApiEvent) => void>();
  const world = {
    status: quietStatus(),
    logged: [] as AuditEntry[],
    asked: 0,
    images: [] as string[],
    made: 0,
    menus: 0,
  };
  const shown = { tooltip: '', menu: [] as MenuItemConstructorOptions[], isThere: true };
  const tray = await createTray({
    clock,
    opensOnClick: true,
    callers: () => [],
    actions: new Proxy({} as MenuActions, { get: () => () => {} }),
    dashboard: {
      async call(name: Operation) {
        if (name === 'status') world.asked += 1;
        const value = name === 'status' ? world.status : { total: 0, entries: world.logged };
        return { ok: true, value } as ApiResult<never>;
      },
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    icon: (state) => state as unknown as NativeImage,
    makeMenu: (template) => template as unknown as Menu,
    makeTray(image) {
      world.made += 1;
      shown.isThere = true;
      // As it is made, it has that of a poptray that knows nothing yet.
      if (world.made > 1) world.images.push(String(image));
      return {
        on: vi.fn(),
        setImage: (image) => void world.images.push(String(image)),
        setToolTip: (text) => {
          shown.tooltip = text;
        },
        setContextMenu: (menu) => {
          world.menus += 1;
          shown.menu = menu as unknown as MenuItemConstructorOptions[];
        },
        destroy: () => {
          shown.isThere = false;
        },
      };
    },
  });
  const emit = (event: ApiEvent) => {
    for (const listener of listeners) listener(event);
  };
  const log = (changes: Partial<AuditEntry>) => emit({ type: 'entry', entry: resultEntry(changes) });
  const set = (changes: Partial<Status>) => {
    world.status = quietStatus(changes);
  };
  return { tray, clock, world, shown, emit, log, set, face: () => world.images.at(-1), listeners };
}

test('a pop under way shows until it has ended, also when nobody says so', async () => {
  const { clock, log, set, face } = await openTray();
  set({ underWay: 1 });
  log({ type: 'intent', status: null });
  await clock.advance(150);
  expect(face()).toBe('delivering');
  set({ underWay: 0 });
  await clock.advance(1000);
  expect(face()).toBe('ready');
});

test('the icon is set when it is another one, not at every word of the app', async () => {
  const { tray, world, set, face } = await openTray();
  for (let i = 0; i < 5; i++) await tray.refresh();
  expect(world.images).toEqual(['ready']);
  set({ pausedUntil: 'until-resumed' });
  await tray.refresh();
  await tray.refresh();
  expect([world.images.length, face()]).toEqual([2, 'paused']);
});

test('shown anew, it has its face, its tooltip and its menu', async () => {
  const { tray, world, shown } = await openTray();
  Object.assign(shown, { tooltip: '', menu: [] });
  tray.renew();
  expect([world.made, shown.isThere, world.images]).toEqual([2, true, ['ready', 'ready']]);
  expect(shown.tooltip).toContain('poptray: ready');
  expect(shown.menu.length).toBeGreaterThan(0);
});

test('a burst of pops is asked about and drawn once', async () => {
  const { clock, world, log, shown, set } = await openTray();
  const { asked } = world;
  set({ today: { delivered: 100, failed: 0 } });
  for (let seq = 1; seq <= 100; seq++) log({ seq, popId: `pop-${seq}` });
  await clock.advance(1000);
  expect(world.asked - asked).toBe(1);
  expect(shown.tooltip).toContain('Today: 100 delivered');
  expect(shown.menu.filter(({ label }) => label?.startsWith('✓'))).toHaveLength(5);
});

test('the menu is left alone while nothing in it changes, because a new one closes the one that is open', async () => {
  const { tray, world } = await openTray();
  await tray.refresh();
  await tray.refresh();
  expect(world.menus).toBe(1);
});

test('a pop that looks like the one before it is still another one to open', async () => {
  const { clock, world, log } = await openTray();
  log({ seq: 1, popId: 'pop-1' });
  await clock.advance(150);
  for (let seq = 2; seq <= 6; seq++) log({ seq, popId: `pop-${seq}` });
  await clock.advance(150);
  const { menus } = world;
  log({ seq: 7, popId: 'pop-7' });
  await clock.advance(150);
  expect(world.menus).toBe(menus + 1);
});

test('a pause is over on the minute, whether or not anybody says so', async () => {
  const { clock, emit, face, set } = await openTray();
  const status = quietStatus({ pausedUntil: clock.now() + 60_000 });
  set(status);
  emit({ type: 'status', status });
  expect(face()).toBe('paused');
  await clock.advance(60_200);
  expect(face()).toBe('ready');
});

test('after its end nothing is drawn any more', async () => {
  const { tray, clock, log, world, shown, listeners } = await openTray();
  log({});
  tray.destroy();
  const drawn = world.images.length;
  await clock.advance(10_000);
  expect([shown.isThere, listeners.size, world.images.length]).toEqual([false, 0, drawn]);
});
