import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RecentList } from './recent-list.ts';

/** New pops wait while the page is scrolled, or the pointer or the keyboard is on the rows, so that nothing moves there. */
export function useHold(table: RefObject<HTMLElement | null>, list: RecentList): void {
  useEffect(() => {
    const element = table.current;
    const gone = new AbortController();
    const { signal } = gone;
    let isOver = false;
    const judge = () => {
      const hasKeyboard = element?.querySelector(':focus-visible') != null;
      list.hold(isOver || hasKeyboard || scrollY > 40);
    };
    addEventListener('scroll', judge, { passive: true, signal });
    element?.addEventListener('focusin', judge, { signal });
    // Until then the focus is nowhere.
    element?.addEventListener('focusout', () => setTimeout(judge), { signal });
    element?.addEventListener(
      'pointerenter',
      ({ pointerType }) => {
        // A finger has left by the time it counts.
        isOver = pointerType === 'mouse';
        judge();
      },
      { signal },
    );
    element?.addEventListener(
      'pointerleave',
      () => {
        isOver = false;
        judge();
      },
      { signal },
    );
    return () => gone.abort();
  }, [table, list]);
}
