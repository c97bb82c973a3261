/** What poptray is set to while it runs: the settings, and what they and the secrets open. */
import { isDeepStrictEqual } from 'node:util';
import { secretText } from '../shared/secret-text.ts';
import { isHeaderValue, type PersonalSecret, type Settings } from '../shared/settings.ts';
import { createTurns } from '../shared/turns.ts';
import { type OpenMatrices, openMatrices } from './extension-matrices.ts';
import { createFollowed } from './followed.ts';
import type { OpenOutlet, Outlets } from './outlet.ts';
import { type Secrets, SecretsLocked } from './platform/secrets.ts';
import type { FieldErrors, OpenSettings } from './platform/settings.ts';
import { SettingsInvalid } from './platform/settings-invalid.ts';
import { openSigned, openWebhooks, refusalOfSecret, unsignedErrors } from './webhook-targets.ts';
import type { WebhookTarget } from './webhooks/post-message.ts';

/** Members that count from the next start on. */
const AT_NEXT_START = ['port'] as const satisfies (keyof Settings)[];

/** Never changed: a change brings another one, and whoever has begun with this one goes on with it. */
export interface InForce {
  readonly settings: Settings;
  readonly outlet: OpenOutlet;
  /** By id. */
  readonly webhooks: ReadonlyMap<string, WebhookTarget>;
  /** By application. */
  readonly matrices: OpenMatrices['matrices'];
}

export interface Saved {
  readonly settings: Settings;
  /** What was in force before. */
  readonly before: Settings;
  /** The name under which the file is kept that was there instead of the last one read or saved; or null. */
  readonly keptAside: string | null;
}

export interface Setup {
  readonly inForce: InForce;
  /** Members that the environment sets. */
  readonly fromEnvironment: readonly string[];
  /** What is wrong with the settings file while its last good copy counts; else null. */
  fileFault(): string | null;
  /** Members that were changed and count from the next start on. */
  atNextStart(): string[];
  /** Writes the settings file and puts it in force; nothing happens when a member does not fit. Rejects with SecretsLocked. */
  save(given: unknown): Promise<Saved | FieldErrors>;
  /** Keeps a secret, or forgets it for null, and puts it in force; resolves with why not, or null. Rejects with SecretsLocked. */
  setSecret(name: PersonalSecret, value: string | null): Promise<string | null>;
  /** Opens what the secrets open once more, after they were locked; rejects as openSetup does. */
  reopen(): Promise<void>;
  /** Calls `act` with what `pick` takes of what is in force, now and whenever it is another; returns its end. */
  follow<T>(pick: (inForce: InForce) => T, act: (picked: T) => void): () => void;
}

export interface SetupDeps {
  readonly settings: OpenSettings;
  readonly secrets: Secrets;
  readonly outlets: Outlets;
  /** Where files that the settings name are, unless they say it in full. */
  readonly dataDir: string;
  /** Hears what a follower throws: the change stands. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Throws SettingsInvalid for a webhook without a secret or an extension matrix that is none. While the secrets are locked
 * there are no webhooks, and no destination that needs one.
 */
export async function openSetup({
  settings: file,
  secrets,
  outlets,
  dataDir,
  onFault,
}: SetupDeps): Promise<Setup> {
  const started = file.current;
  const webhooks = await openSigned(started.webhooks, secrets).catch((error) => {
    if (!(error instanceof SecretsLocked)) throw error;
    return new Map<string, WebhookTarget>();
  });
  const { matrices, unfit } = await openMatrices(started, dataDir);
  if (unfit.length > 0)
    throw new SettingsInvalid(
      unfit.map(({ id, reason }) => `the extension matrix of ${id}: ${reason}`).join('\n'),
    );
  const outlet = await outlets.open(started.destination);
  const inForce = createFollowed<InForce>({ settings: started, outlet, webhooks, matrices }, onFault);
  // One change after the other, so that none is made from what another is about to replace.
  const inTurn = createTurns();

  return {
    get inForce() {
      return inForce.now;
    },
    fromEnvironment: file.fromEnvironment,
    fileFault: () => file.fault,
    atNextStart: () => AT_NEXT_START.filter((member) => inForce.now.settings[member] !== started[member]),

    save: (given) =>
      inTurn(async () => {
        const draft = file.check(given);
        if ('errors' in draft) return draft;
        const before = inForce.now.settings;
        const settings = keepingSame(draft.settings, before);
        const isSame = (member: keyof Settings) => settings[member] === inForce.now.settings[member];
        const opened = isSame('webhooks') ? undefined : await openWebhooks(settings.webhooks, secrets);
        if (opened && opened.unsigned.length > 0) return { errors: unsignedErrors(opened.unsigned) };
        // Read anew each time: a person who has changed a file saves the settings to have it read.
        const { matrices, unfit } = await openMatrices(settings, dataDir);
        if (unfit.length > 0) return { errors: unfit.map(matrixError) };
        const outlet = isSame('destination') ? inForce.now.outlet : await outlets.open(settings.destination);
        const keptAside = draft.save();
        inForce.change({ settings, outlet, matrices, webhooks: opened?.targets ?? inForce.now.webhooks });
        return { settings, before, keptAside };
      }),

    setSecret: (name, given) =>
      inTurn(async () => {
        const value = given === null ? null : secretText(given);
        const { settings } = inForce.now;
        if (name.startsWith('shipper-secret:')) {
          if (value !== null && !isHeaderValue(value)) return 'it cannot be the value of a header';
          // Its shipper reads it when its receiver refuses it without, or with the one before.
          await (value === null ? secrets.delete(name) : secrets.set(name, value));
          return null;
        }
        const webhook = /^webhook-secret:(.*)$/.exec(name)?.[1];
        const refused = webhook === undefined ? null : refusalOfSecret(webhook, value, settings.webhooks);
        if (refused !== null) return refused;
        await (value === null ? secrets.delete(name) : secrets.set(name, value));
        inForce.change(
          webhook === undefined
            ? { outlet: await outlets.open(settings.destination) }
            : { webhooks: (await openWebhooks(settings.webhooks, secrets)).targets },
        );
        return null;
      }),

    reopen: () =>
      inTurn(async () => {
        const { settings } = inForce.now;
        inForce.change({
          webhooks: await openSigned(settings.webhooks, secrets),
          outlet: await outlets.open(settings.destination),
        });
      }),

    follow: inForce.follow,
  };
}

/** With the very members of `old` that have not changed, so that who follows one of them is left alone. */
function keepingSame(next: Settings, old: Settings): Settings {
  const same = Object.entries(old).filter(([member, value]) =>
    isDeepStrictEqual(value, next[member as keyof Settings]),
  );
  return { ...next, ...Object.fromEntries(same) };
}

function matrixError({ index, reason }: OpenMatrices['unfit'][number]): FieldErrors['errors'][number] {
  return { pointer: `/applications/${index}/extensionMatrix`, detail: reason };
}
