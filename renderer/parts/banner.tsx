import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface Props {
  readonly tone: 'info' | 'ok' | 'warn' | 'bad';
  readonly icon: IconName;
  readonly children: ComponentChildren;
}

/** Something to know before or beside all else, with a shape of its own. */
export function Banner({ tone, icon, children }: Props) {
  return (
    <div class={`banner banner-${tone}`}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
