/** `node --import` of this file makes `electron` the stand-in, for import and for require, on the system that is asked for. */
import { registerHooks } from 'node:module';

const STAND_IN = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
});

const machine = process.platform;
const played = process.env.STAND_IN_PLATFORM || machine;

/** Node itself, and Playwright with its Chromium, are on this machine whatever is played to the app. */
function platformForCaller(): string {
  const [, , caller = ''] = (new Error().stack ?? '').split('\n');
  return /\(node:|\bat node:|[\\/]playwright-core[\\/]/.test(caller) ? machine : played;
}

if (played !== machine)
  Object.defineProperty(process, 'platform', { get: platformForCaller, enumerable: true });
