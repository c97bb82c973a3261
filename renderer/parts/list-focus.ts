/** Where the focus goes when a list of fieldsets changes by a button that is gone, or cannot be pressed, afterwards. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface ListFocus {
  /** For the element whose children the fieldsets are, with the button that adds one. */
  readonly ref: RefObject<HTMLElement | null>;
  /** To the first control of the last one. */
  added(): void;
  /** To the button that moved it here, or to its counterpart at an end: `[data-move]`. */
  moved(to: number, way: 'up' | 'down'): void;
  /** To the button that takes away the one that is in its place now, `[data-remove]`, or to the one that adds. */
  removed(index: number): void;
}

/** Each is called along with the change, and acts once that is shown. */
export function useListFocus(): ListFocus {
  const ref = useRef<HTMLElement>(null);
  const pending = useRef<((list: HTMLElement) => HTMLElement | null | undefined) | null>(null);
  useLayoutEffect(() => {
    const find = pending.current;
    pending.current = null;
    if (ref.current) find?.(ref.current)?.focus();
  });
  return {
    ref,
    added() {
      pending.current = (list) => itemsOf(list).at(-1)?.querySelector('select, input, textarea');
    },
    moved(to, way) {
      pending.current = (list) => {
        const enabled = (selector: string) =>
          itemsOf(list)[to]?.querySelector<HTMLElement>(`${selector}:enabled`);
        return enabled(`[data-move=${way}]`) ?? enabled('[data-move]');
      };
    },
    removed(index) {
      pending.current = (list) => {
        const items = itemsOf(list);
        const next = items[index] ?? items.at(-1);
        return next?.querySelector<HTMLElement>('[data-remove]') ?? list.querySelector('[data-add]');
      };
    },
  };
}

function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(':scope > fieldset')];
}
