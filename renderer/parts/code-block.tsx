import type { ComponentChildren } from 'preact';

/** Code that keeps its lines; what scrolls can be reached by keyboard, so it has a name. */
export function CodeBlock({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, nobody could scroll it by keyboard
    <section class="code" tabIndex={0} aria-label={label}>
      <pre>{children}</pre>
    </section>
  );
}
