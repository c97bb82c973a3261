/** A chart under its heading, with the same as a table. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly title: string;
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly children: ComponentChildren;
}

/** The first column names the rows. */
export function ChartCard({ title, note, columns, rows, children }: Props) {
  return (
    <section class="card chart" aria-label={title}>
      <header class="chart-head">
        <h2>{title}</h2>
        {note && <p class="muted">{note}</p>}
      </header>
      {children}
      <details class="chart-table">
        <summary>Show as a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section class="chart-scroller" tabIndex={0} aria-label={`${title}, table`}>
          <table class="table">
            <thead>
              <tr>
                {columns.map((column, index) => (
                  <th key={column} scope="col" class={index > 0 ? 'col-number' : ''}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row[0]}>
                  {row.map((cell, index) =>
                    index === 0 ? (
                      <th key={columns[index]} scope="row">
                        {cell}
                      </th>
                    ) : (
                      <td key={columns[index]} class="col-number">
                        {cell}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
