/** The real app on a free port with a folder of its own, for tests over real sockets. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type App, type AppPorts, startApp } from '../../main/app/app.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { openSettings } from '../../main/config/settings.ts';
import { createLocalTokens } from '../../main/endpoint/local-tokens.ts';
import { createDispatcher } from '../../main/network/dispatcher.ts';
import { createPublicConnector } from '../../main/network/public-connect.ts';
import { createLogger } from '../../main/observability/logger.ts';
import type { Clock } from '../../main/pipeline/ports.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import type { Environment } from '../../main/platform/environment.ts';
import { privateFileAt, writePrivateFile } from '../../main/platform/private-file.ts';
import { createSecrets, type Secrets } from '../../main/secrets/secrets.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Settings } from '../../shared/settings.ts';
import { deliveringTo } from './environment.ts';
import { tempDir } from './temp-dir.ts';

/** A test's agent. */
export const USER = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
/** The local token that `post` sends, of the client `environment`. */
export const TOKEN = 'test-token-0123456789abcdefghijklmnop';

export interface TestApp extends App {
  readonly url: string;
  readonly dataDir: string;
  /** Fires a trigger with a valid token; `headers` are added. */
  post(trigger: unknown, headers?: Record<string, string>): Promise<Response>;
  /** What the log holds, oldest first. */
  entries(): AuditEntry[];
}

export interface TestAppOptions {
  /** The base URL of a stub or simulator; without it the built-in simulator is the destination. */
  readonly destination?: string;
  readonly dataDir?: string;
  readonly env?: Environment;
  /** What the settings file says. */
  readonly settings?: Partial<Settings>;
  readonly clock?: Clock;
  /** Without it secrets are kept in a file. */
  readonly secrets?: Secrets;
  readonly browser?: AppPorts['browser'];
  /** The built dashboard, for `/ui/`. */
  readonly readDashboard?: AppPorts['readDashboard'];
}

/** Starts the app; it is stopped when the test has ended, if the test did not stop it itself. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? join(tempDir(), 'data');
  ensureDataDir(dataDir);
  const env: Environment = {
    POPTRAY_TOKEN: TOKEN,
    POPTRAY_PORT: '0',
    POPTRAY_RATE_LIMIT: '0',
    ...(options.destination !== undefined && deliveringTo(options.destination)),
    ...options.env,
  };
  const clock = options.clock ?? createSystemClock();
  if (options.settings) writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify(options.settings));
  const settings = openSettings(dataDir, env);
  const keychain = { unavailable: { kind: 'off', reason: 'test' } } as const;
  const secrets = options.secrets ?? createSecrets({ env, keychain, dataDir });
  const file = privateFileAt(join(dataDir, 'tokens.json'));
  const localTokens = createLocalTokens({ file, envToken: env.POPTRAY_TOKEN, clock });
  const logger = createLogger({ dir: dataDir, level: 'debug', console: false });
  const app = await startApp({
    dispatcher: createDispatcher({ env }, clock),
    webhookDispatcher: (allowedFor) =>
      createDispatcher({ env }, clock, createPublicConnector(undefined, allowedFor)),
    dataDir,
    settings,
    secrets,
    localTokens,
    clock,
    logger,
    readDashboard: options.readDashboard,
    browser: options.browser,
  });
  settings.keepGood();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app.stop();
    return stopped;
  };
  onTestFinished(stop);
  const url = app.endpoint.addresses[0] as string;
  return {
    ...app,
    url,
    dataDir,
    stop,
    post: (trigger, headers) =>
      fetch(`${url}/trigger-screenpop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(trigger),
      }),
    entries: () => [...readEntries(auditDir(dataDir))],
  };
}
