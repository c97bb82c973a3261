/** Which rows of a long list are in sight. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Rows beyond the edges, so that a quick scroll does not show a gap. */
const OVERSCAN = 8;

export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** Follows the scroller's position; rows are `rowHeight` pixels high, below a head of the same height. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): RowWindow {
  const [sight, setSight] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () =>
      setSight((before) => {
        // A multiple of the row height: scrolling within a row renders nothing.
        const top = Math.floor(element.scrollTop / rowHeight) * rowHeight;
        const height = element.clientHeight;
        return before.top === top && before.height === height ? before : { top, height };
      });
    look();
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroller, rowHeight]);

  const first = Math.max(0, Math.min(count, Math.floor(sight.top / rowHeight)) - OVERSCAN);
  const end = Math.min(count, Math.ceil((sight.top + sight.height) / rowHeight) + OVERSCAN);
  return { first, end };
}
