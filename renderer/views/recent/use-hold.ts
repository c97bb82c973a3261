import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RecentList } from './recent-list.ts';

/** New pops wait while the page is scrolled or the pointer is over the rows, so that nothing moves under either. */
export function useHold(table: RefObject<HTMLElement | null>, list: RecentList): void {
  useEffect(() => {
    const element = table.current;
    let isOver = false;
    const judge = () => list.hold(isOver || scrollY > 40);
    const enter = (event: PointerEvent) => {
      // A finger has left by the time it counts.
      isOver = event.pointerType === 'mouse';
      judge();
    };
    const leave = () => {
      isOver = false;
      judge();
    };
    addEventListener('scroll', judge, { passive: true });
    element?.addEventListener('pointerenter', enter);
    element?.addEventListener('pointerleave', leave);
    return () => {
      removeEventListener('scroll', judge);
      element?.removeEventListener('pointerenter', enter);
      element?.removeEventListener('pointerleave', leave);
    };
  }, [table, list]);
}
