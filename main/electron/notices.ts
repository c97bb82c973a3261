/** Notices of the system, kept as long as they can be clicked, and never missed where they cannot be shown. */

import type { Notification, NotificationConstructorOptions } from 'electron';
import type { ReportTrouble } from '../../shared/trouble.ts';
import { keepLatest } from '../platform/keep-latest.ts';

/** Of those that left the screen and may still be clicked in the Action Center, no more are kept. */
const KEPT = 32;

type Notice = Pick<Notification, 'on' | 'show'>;

export interface NoticesDeps {
  readonly make: (options: NotificationConstructorOptions) => Notice;
  readonly isSupported: () => boolean;
  /** Hears whether the system takes none, such as from a program that is not signed on macOS. */
  readonly onState: (isRefused: boolean) => void;
}

export interface Notices {
  /** `onClick` looks at what it is about; `onRefused` hears that it was not shown. */
  say(title: string, body: string, onClick?: () => void, onRefused?: () => void): void;
}

/** Says it beside the pops where the system takes none. */
export function tellRefused(report: ReportTrouble): NoticesDeps['onState'] {
  return (isRefused) =>
    report(
      'notices',
      '',
      isRefused
        ? { code: 'refused', why: 'the system shows no notices of poptray: allow them in its settings' }
        : null,
    );
}

export function createNotices({ make, isSupported, onState }: NoticesDeps): Notices {
  // One that is collected as garbage does not hear its click.
  const shown = new Set<Notice>();

  function keep(notice: Notice): void {
    shown.add(notice);
    keepLatest(shown, KEPT);
  }

  return {
    say(title, body, onClick, onNotShown = () => {}) {
      if (!isSupported()) return onNotShown();
      const notice = make({
        title,
        body,
        ...(onClick && { actions: [{ type: 'button', text: 'Look at it' }] }),
      });
      const end = () => shown.delete(notice);
      const open = () => {
        end();
        onClick?.();
      };
      notice.on('click', open);
      notice.on('action', open);
      // Windows closes it when it leaves the screen, and keeps it in the Action Center all the same.
      notice.on('close', (event) => event?.reason === 'timedOut' || end());
      notice.on('failed', () => {
        end();
        onState(true);
        onNotShown();
      });
      notice.on('show', () => onState(false));
      keep(notice);
      notice.show();
    },
  };
}
