/** Copies the endpoint's address as a softphone needs it. */
import type { Clipboard, Dialog } from 'electron';
import type { Dashboard } from '../api/api.ts';

export interface CopyDeps {
  readonly dashboard: Pick<Dashboard, 'call'>;
  readonly clipboard: Pick<Clipboard, 'writeText'>;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly platform: NodeJS.Platform;
}

/** Nothing happens while there is no address. */
export async function copyAddress({ dashboard, clipboard, dialog, platform }: CopyDeps): Promise<void> {
  const status = await dashboard.call('status', {});
  const [origin] = status.ok ? status.value.addresses : [];
  if (origin === undefined) return;
  const address = `${origin}/trigger-screenpop`;
  await clipboard.writeText(address);
  if (platform !== 'linux') return;
  // Wayland drops, without a word, what a program copies that has no window in front.
  await dialog.showMessageBox({
    type: 'info',
    title: 'poptray',
    message: address,
    detail: 'The address of the endpoint. Where pasting does not give it, select it here.',
    buttons: ['Close'],
  });
}
