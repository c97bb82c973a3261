import { useEffect, useState } from 'preact/hooks';

/** As in pops.css, which hides columns at these widths; the narrowest first. */
const queries = {
  tiny: '(max-width: 359px)',
  narrow: '(max-width: 800px)',
  snug: '(max-width: 1080px)',
  mid: '(max-width: 1200px)',
} as const;

type WidthClass = keyof typeof queries | 'wide';

function widthClass(): WidthClass {
  const names = Object.keys(queries) as (keyof typeof queries)[];
  return names.find((name) => matchMedia(queries[name]).matches) ?? 'wide';
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
