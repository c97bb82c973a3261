/** `dialog`: message boxes that wait for an answer, of which some stop the whole process. */
import type { Dialog, MessageBoxOptions, SaveDialogOptions } from 'electron';
import { BaseWindow } from './window.ts';
import { demandReady, isReadyNow, world } from './world.ts';

/** How long a person takes to answer a box that stops everything, in milliseconds. */
const ANSWER_MS = Number(process.env.STAND_IN_ANSWER_MS ?? 1500);

function demand(): void {
  demandReady('dialog module can only be used after app is ready');
}

/** Nothing of the process runs meanwhile. */
function block(): void {
  world.blocked += 1;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ANSWER_MS);
}

function withParent<Options>(args: [BaseWindow, Options] | [Options]): [BaseWindow | undefined, Options] {
  return args.length === 2 ? args : [undefined, args[0]];
}

async function showMessageBox(...args: [BaseWindow, MessageBoxOptions] | [MessageBoxOptions]) {
  demand();
  const [parent, options] = withParent(args);
  if (parent !== undefined && !(parent instanceof BaseWindow)) throw new TypeError('Invalid window');
  const isVisible = parent?.isVisible();
  world.questions.push({ ...options, parent: isVisible ? 'visible' : parent ? 'hidden' : 'none' });
  if (parent === undefined && process.platform === 'darwin') block();
  const response = world.answers.shift();
  if (response === undefined) return new Promise<never>(() => {});
  return { response, checkboxChecked: false };
}

async function showSaveDialog(..._: [BaseWindow, SaveDialogOptions] | [SaveDialogOptions]) {
  demand();
  return { canceled: world.savePath === undefined, filePath: world.savePath ?? '' };
}

export const dialog = {
  showMessageBox,
  showSaveDialog,
  /** Stops the process until a person has pressed OK; Linux shows none before `ready`. It stands in stderr for the test, too. */
  showErrorBox(title: string, content: string) {
    world.errorBoxes.push(`${title}: ${content}`);
    process.stderr.write(`${title}: ${content}\n`);
    if (isReadyNow() || process.platform !== 'linux') block();
  },
} satisfies Record<keyof Pick<Dialog, 'showMessageBox' | 'showErrorBox' | 'showSaveDialog'>, unknown>;
