/** Lays a notice of poptray's own over the page of a window, or above it as a bar, and takes it away again. */
import type { BrowserWindow, WebContentsView, WebContentsViewConstructorOptions } from 'electron';
import { HARDENED } from '../window.ts';
import { actionAt, type Notice, type NoticeAction, noticeUrl } from './notice-page.ts';

/** As high as a bar is, in pixels. */
const BAR_HEIGHT = 64;

export interface NoticeView {
  /** In the place of what was said before. */
  say(notice: Notice): void;
  clear(): void;
}

export function createNoticeView(
  window: BrowserWindow,
  makeView: (options: WebContentsViewConstructorOptions) => WebContentsView,
  act: (action: NoticeAction) => void,
): NoticeView {
  let shown: { readonly view: WebContentsView; readonly isWhole: boolean } | undefined;
  window.on('resize', layOut);
  window.on('closed', () => shown?.view.webContents.close());

  function layOut(): void {
    if (!shown) return;
    const { width, height } = window.getContentBounds();
    shown.view.setBounds({ x: 0, y: 0, width, height: shown.isWhole ? height : BAR_HEIGHT });
  }

  function clear(): void {
    if (!shown) return;
    window.contentView.removeChildView(shown.view);
    shown.view.webContents.close();
    shown = undefined;
  }

  return {
    say(notice) {
      clear();
      const view = makeView({
        webPreferences: { ...HARDENED, partition: 'notice', javascript: false, devTools: false },
      });
      const { webContents } = view;
      webContents.on('will-navigate', (event) => {
        event.preventDefault();
        const action = actionAt(event.url);
        if (action) act(action);
      });
      webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
      shown = { view, isWhole: notice.isWhole };
      window.contentView.addChildView(view);
      layOut();
      webContents.loadURL(noticeUrl(notice)).catch(() => {});
      // In the page's place it is what the keys are for.
      if (notice.isWhole && window.isFocused()) webContents.focus();
    },
    clear,
  };
}
