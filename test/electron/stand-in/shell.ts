/** What the system opens for the app. Electron does it on Linux as it is done here. */
import { spawn } from 'node:child_process';

export const shell = {
  openExternal(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
      child.once('error', reject);
      child.once('spawn', resolve);
      child.unref();
    });
  },
};
