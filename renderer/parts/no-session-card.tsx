/** What a tab without a session shows: how to get one. It asks poptray for nothing. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** Whether the page stands at the path of a one-time link: then the link was void. */
export const isVoidLink = location.pathname.endsWith('/open');

interface Props {
  readonly title: string;
  /** Of poptray, which prints a new link. */
  readonly command: string;
  /** What stands above the commands. */
  readonly children: ComponentChildren;
  /** What stands beside each of them. */
  readonly beside?: (command: string) => ComponentChildren;
  readonly below?: ComponentChildren;
}

export function NoSessionCard({ title, command, children, beside, below }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const ways = [
    { where: 'Installed', line: `poptray ${command}` },
    { where: 'In a checkout', line: `npm run -s poptray -- ${command}` },
  ];
  return (
    <section class="card">
      <span class="state-icon">
        <Icon name="lock" />
      </span>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
      <ul class="commands">
        {ways.map(({ where, line }) => (
          <li key={where}>
            <span class="muted">{where}</span>
            <code class="code">{line}</code>
            {beside?.(line)}
          </li>
        ))}
      </ul>
      {below}
    </section>
  );
}
