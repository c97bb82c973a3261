/** What poptray is set to while it runs: the settings, and what they and the secrets open. */
import { isDeepStrictEqual } from 'node:util';
import { isHeaderValue, type PersonalSecret, type Settings } from '../shared/settings.ts';
import { type OpenMatrices, openMatrices } from './extension-matrices.ts';
import type { OpenOutlet, Outlets } from './outlet.ts';
import { type Secrets, SecretsLocked } from './platform/secrets.ts';
import type { FieldErrors, OpenSettings } from './platform/settings.ts';
import { SettingsInvalid } from './platform/settings-invalid.ts';
import { type OpenWebhooks, openWebhooks } from './webhook-targets.ts';
import type { WebhookTarget } from './webhooks/sender.ts';
import { webhookKey } from './webhooks/standard-webhooks.ts';

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
  const webhooks = await openSigned(started).catch((error) => {
    if (!(error instanceof SecretsLocked)) throw error;
    return new Map<string, WebhookTarget>();
  });
  const { matrices, unfit } = await openMatrices(started, dataDir);
  if (unfit.length > 0)
    throw new SettingsInvalid(
      unfit.map(({ id, reason }) => `the extension matrix of ${id}: ${reason}`).join('\n'),
    );
  let inForce: InForce = {
    settings: started,
    outlet: await outlets.open(started.destination),
    webhooks,
    matrices,
  };
  const followers = new Set<() => void>();

  async function openSigned({ webhooks }: Settings): Promise<InForce['webhooks']> {
    const { targets, unsigned } = await openWebhooks(webhooks, secrets);
    if (unsigned.length > 0) throw new SettingsInvalid(adviceFor(unsigned));
    return targets;
  }

  function put(change: Partial<InForce>): void {
    inForce = { ...inForce, ...change };
    for (const follower of followers) {
      try {
        follower();
      } catch (error) {
        onFault(error);
      }
    }
  }

  // One change after the other, so that none is made from what another is about to replace.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  return {
    get inForce() {
      return inForce;
    },
    fromEnvironment: file.fromEnvironment,
    fileFault: () => file.fault,
    atNextStart: () => AT_NEXT_START.filter((member) => inForce.settings[member] !== started[member]),

    save: (given) =>
      inTurn(async () => {
        const draft = file.check(given);
        if ('errors' in draft) return draft;
        const settings = keepingSame(draft.settings, inForce.settings);
        const isSame = (member: keyof Settings) => settings[member] === inForce.settings[member];
        const opened = isSame('webhooks') ? undefined : await openWebhooks(settings.webhooks, secrets);
        if (opened && opened.unsigned.length > 0) return { errors: errorsOf(opened.unsigned) };
        // Read anew each time: a person who has changed a file saves the settings to have it read.
        const { matrices, unfit } = await openMatrices(settings, dataDir);
        if (unfit.length > 0) return { errors: unfit.map(matrixError) };
        const outlet = isSame('destination') ? inForce.outlet : await outlets.open(settings.destination);
        const keptAside = draft.save();
        put({ settings, outlet, matrices, webhooks: opened?.targets ?? inForce.webhooks });
        return { settings, keptAside };
      }),

    setSecret: (name, value) =>
      inTurn(async () => {
        const { settings } = inForce;
        if (name.startsWith('shipper-secret:')) {
          if (value !== null && !isHeaderValue(value)) return 'it cannot be the value of a header';
          // Its shipper reads it when its receiver refuses it without, or with the one before.
          await (value === null ? secrets.delete(name) : secrets.set(name, value));
          return null;
        }
        const webhook = /^webhook-secret:(.*)$/.exec(name)?.[1];
        const refused = webhook === undefined ? null : refusalOf(webhook, value, settings.webhooks);
        if (refused !== null) return refused;
        await (value === null ? secrets.delete(name) : secrets.set(name, value));
        put(
          webhook === undefined
            ? { outlet: await outlets.open(settings.destination) }
            : { webhooks: (await openWebhooks(settings.webhooks, secrets)).targets },
        );
        return null;
      }),

    reopen: () =>
      inTurn(async () => {
        const { settings } = inForce;
        put({ webhooks: await openSigned(settings), outlet: await outlets.open(settings.destination) });
      }),

    follow(pick, act) {
      let picked = pick(inForce);
      const follower = () => {
        const next = pick(inForce);
        if (next === picked) return;
        picked = next;
        act(next);
      };
      followers.add(follower);
      act(picked);
      return () => followers.delete(follower);
    },
  };
}

/** With the very members of `old` that have not changed, so that who follows one of them is left alone. */
function keepingSame(next: Settings, old: Settings): Settings {
  const same = Object.entries(old).filter(([member, value]) =>
    isDeepStrictEqual(value, next[member as keyof Settings]),
  );
  return { ...next, ...Object.fromEntries(same) };
}

function refusalOf(id: string, value: string | null, webhooks: Settings['webhooks']): string | null {
  if (value === null) {
    const isNeeded = webhooks.some((webhook) => webhook.id === id);
    return isNeeded ? `the webhook ${id} signs with it: remove the webhook first` : null;
  }
  try {
    webhookKey(value);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function errorsOf(unsigned: OpenWebhooks['unsigned']): FieldErrors['errors'] {
  return unsigned.map(({ index, reason }) => ({
    pointer: `/webhooks/${index}/id`,
    detail: `${reason}: set its secret first`,
  }));
}

function matrixError({ index, reason }: OpenMatrices['unfit'][number]): FieldErrors['errors'][number] {
  return { pointer: `/applications/${index}/extensionMatrix`, detail: reason };
}

function adviceFor(unsigned: OpenWebhooks['unsigned']): string {
  return unsigned
    .map(({ id, reason }) => {
      const where = id === 'productivity' ? 'set PRODUCTIVITY_WEBHOOK_SECRET or run' : 'run';
      return `the webhook ${id} ${reason}: ${where} "poptray secret set webhook-secret:${id}"`;
    })
    .join('\n');
}
