import { useEffect, useState } from 'preact/hooks';

/** As in tables.css, which hides columns at these widths. */
const queries = { narrow: '(max-width: 800px)', mid: '(max-width: 1200px)' };

export type WidthClass = 'narrow' | 'mid' | 'wide';

function widthClass(): WidthClass {
  if (matchMedia(queries.narrow).matches) return 'narrow';
  return matchMedia(queries.mid).matches ? 'mid' : 'wide';
}

/** How much a table can show; a cell that spans all columns must know, or it adds some. */
export function useWidthClass(): WidthClass {
  const [current, setCurrent] = useState(widthClass);
  useEffect(() => {
    const lists = Object.values(queries).map((query) => matchMedia(query));
    const follow = () => setCurrent(widthClass());
    for (const list of lists) list.addEventListener('change', follow);
    return () => {
      for (const list of lists) list.removeEventListener('change', follow);
    };
  }, []);
  return current;
}
