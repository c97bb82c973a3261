/** The tray icon: keeps its face, its tooltip and its menu as the app's status and the last pops are. */
import type { Menu, MenuItemConstructorOptions, NativeImage, Tray } from 'electron';
import type { Dashboard } from '../api/api.ts';
import type { Clock } from '../pipeline/ports.ts';
import { type MenuActions, menuTemplate } from './menu-template.ts';
import { createRecentPops } from './recent-pops.ts';
import { type Status, type TrayState, tooltipOf, trayStateOf } from './tray-state.ts';

/** A burst of pops has the tray ask and redraw no more often than this, in milliseconds. */
const UPDATE_MS = 150;
/** While pops are under way, the end of the last one is looked for this often, in milliseconds. */
const UNDER_WAY_MS = 1000;

export interface TrayDeps {
  readonly makeTray: (
    image: NativeImage,
  ) => Pick<Tray, 'setImage' | 'setToolTip' | 'setContextMenu' | 'on' | 'destroy'>;
  /** Whether a click means the dashboard. On macOS it opens the menu, and says so all the same. */
  readonly opensOnClick: boolean;
  readonly makeMenu: (template: MenuItemConstructorOptions[]) => Menu;
  /** The icon of a state for the theme of the moment: the same object for the same icon. */
  readonly icon: (state: TrayState) => NativeImage;
  /** Programs that wait for the user's yes, in words. */
  readonly callers: () => readonly string[];
  readonly dashboard: Pick<Dashboard, 'call' | 'subscribe'>;
  readonly actions: MenuActions;
  readonly clock: Clock;
}

export interface TrayIcon {
  /** Asks the app anew and redraws: after a resume, and when the theme has changed. */
  refresh(): Promise<void>;
  /** Shows the icon anew, for a desktop that has a place for it only now. */
  renew(): void;
  destroy(): void;
}

/** Resolves when the tray shows the app's status. */
export async function createTray(deps: TrayDeps): Promise<TrayIcon> {
  const { dashboard, actions, clock } = deps;
  const pops = createRecentPops(dashboard);
  let image = deps.icon('not-configured');
  let tray = place();
  let status: Status | undefined;
  let drawn = '';
  let isOver = false;
  let update: (() => void) | undefined;
  let pauseEnd: (() => void) | undefined;

  function place() {
    const placed = deps.makeTray(image);
    if (deps.opensOnClick) placed.on('click', actions.openDashboard);
    return placed;
  }

  function draw(): void {
    if (status === undefined) return;
    const now = clock.now();
    const [last] = pops.list();
    const template = menuTemplate({ status, pops: pops.list(), now, callers: deps.callers() }, actions);
    const state = trayStateOf(status, last, now);
    const tooltip = tooltipOf(status, last, now);
    const next = deps.icon(state);
    if (next !== image) tray.setImage(next);
    image = next;
    // A new menu closes the one that is open, so there is one only when something in it has changed.
    const text = JSON.stringify([tooltip, template, pops.list().map(({ popId }) => popId)]);
    if (text === drawn) return;
    drawn = text;
    tray.setToolTip(tooltip);
    tray.setContextMenu(deps.makeMenu(template));
  }

  function take(next: Status): void {
    status = next;
    pauseEnd?.();
    const { pausedUntil } = next;
    pauseEnd =
      typeof pausedUntil === 'number' ? clock.after(pausedUntil - clock.now(), () => soon()) : undefined;
  }

  function soon(ms = UPDATE_MS): void {
    update ??= clock.after(ms, () => {
      update = undefined;
      void icon.refresh();
    });
  }

  const unsubscribe = dashboard.subscribe((event) => {
    if (event.type === 'status') {
      take(event.status);
      draw();
      return;
    }
    if (event.type !== 'entry') return;
    pops.take(event.entry);
    // Whose intent is in the log is under way; whose result is counts for today.
    if (event.entry.type === 'intent' || event.entry.type === 'result') soon();
  });

  const icon: TrayIcon = {
    async refresh() {
      const found = await dashboard.call('status', {});
      if (isOver) return;
      if (found.ok) take(found.value);
      draw();
      if (status !== undefined && status.underWay > 0) soon(UNDER_WAY_MS);
    },
    renew() {
      if (isOver) return;
      tray.destroy();
      tray = place();
      drawn = '';
      draw();
    },
    destroy() {
      unsubscribe();
      isOver = true;
      update?.();
      pauseEnd?.();
      tray.destroy();
    },
  };
  await pops.reload();
  await icon.refresh();
  return icon;
}
