/** A uPlot chart that follows its box and the colour scheme; the words and the table beside it are its text. */
import { useEffect, useRef, useState } from 'preact/hooks';
import UPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** The colours of the token stylesheet, as a canvas needs them. */
export interface ChartColors {
  readonly text: string;
  readonly grid: string;
  readonly of: (token: string) => string;
}

interface Props {
  readonly label: string;
  readonly data: AlignedData;
  /** Size, axes' colours and cursor are added. */
  readonly options: (colors: ChartColors) => Omit<Options, 'width' | 'height'>;
  readonly height?: number;
  /** The index under the pointer, or null. */
  readonly onHover?: (index: number | null) => void;
}

function readColors(): ChartColors {
  const style = getComputedStyle(document.documentElement);
  const of = (token: string) => style.getPropertyValue(`--${token}`).trim();
  return { text: of('muted'), grid: of('line'), of };
}

/** Counts the changes of the colour scheme. */
function useScheme(): boolean {
  const query = '(prefers-color-scheme: dark)';
  const [isDark, setDark] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = () => setDark(list.matches);
    list.addEventListener('change', follow);
    return () => list.removeEventListener('change', follow);
  }, []);
  return isDark;
}

/** Axes in the text's font, with a grid that stays behind the data. */
export function axis(colors: ChartColors, values: UPlot.Axis['values'], isTime = false): UPlot.Axis {
  return {
    stroke: colors.text,
    font: '12px system-ui, sans-serif',
    grid: { stroke: colors.grid, width: 1, show: !isTime },
    ticks: { show: false },
    gap: 8,
    space: isTime ? 72 : 40,
    ...(values && { values }),
    size: isTime ? 28 : 64,
  };
}

/** Marks the buckets that have no neighbour: a line would not show them. */
export const lonelyPoints: UPlot.Series.Points = {
  show: true,
  size: 5,
  filter(plot, series) {
    const values = Array.from(plot.data[series] ?? []);
    const isThere = (at: number) => values[at] !== null && values[at] !== undefined;
    return values.flatMap((_, at) => (isThere(at) && !isThere(at - 1) && !isThere(at + 1) ? [at] : []));
  },
};

/** Drawn for the eye; `label` says what is to be seen. */
export function Plot({ label, data, options, height = 240, onHover }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const isDark = useScheme();
  const hover = useRef(onHover);
  hover.current = onHover;

  // Made anew when the kind of data changes; new data of the same kind are set below.
  const shape = `${isDark} ${data.length} ${data[0]?.length}`;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new UPlot(
      {
        ...options(readColors()),
        width: element.clientWidth,
        height,
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        hooks: { setCursor: [(self) => hover.current?.(self.cursor.idx ?? null)] },
      },
      data,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  return <div ref={box} class="plot" role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
