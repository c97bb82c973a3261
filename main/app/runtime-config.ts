/** What poptray is set to while it runs: the settings, and what they and the secrets open. */
import { isDeepStrictEqual } from 'node:util';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import { secretText } from '../../shared/secret-text.ts';
import { type SecretUse, secretsOf } from '../../shared/secrets.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import type { Settings } from '../../shared/settings.ts';
import type { EnteredSecrets, SettingsAccess } from '../api/ports.ts';
import { type OpenMatrices, openMatrices, sayUnfit } from '../compatibility/extension-matrices.ts';
import type { FieldErrors, OpenSettings } from '../config/settings.ts';
import type { OpenOutlet, Outlets } from '../destinations/registry.ts';
import type { Troubles } from '../observability/troubles.ts';
import { createObservable, type Observable } from '../platform/observable.ts';
import { type BoundSecrets, secretFaults } from '../secrets/bound-secrets.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { openWebhooks, unsignedErrors, type WebhookTargets } from '../webhooks/targets.ts';

/** Members that count from the next start on. */
const AT_NEXT_START = ['port'] as const satisfies (keyof Settings)[];

/** Never changed: a change brings another one, and whoever has begun with this one goes on with it. */
export interface RuntimeState {
  readonly settings: Settings;
  /** In the order of the settings. */
  readonly outlets: readonly OpenOutlet[];
  readonly webhooks: WebhookTargets;
  /** By application. */
  readonly matrices: OpenMatrices['matrices'];
  /** For people: secrets that are not used because they were entered for another address. */
  readonly secretFaults: readonly string[];
}

export interface RuntimeConfig extends Observable<RuntimeState>, SettingsAccess {
  readonly current: RuntimeState;
  /** Opens what the secrets open once more, after they were locked; rejects as openRuntimeConfig does. */
  reopen(): Promise<void>;
}

export interface RuntimeConfigDeps {
  readonly settings: OpenSettings;
  readonly secrets: BoundSecrets;
  readonly outlets: Outlets;
  /** Where files that the settings name are, unless they say it in full. */
  readonly dataDir: string;
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  /** Hears what a subscriber throws: the change stands. */
  readonly onFault: (error: unknown) => void;
}

/** While the secrets are locked there are no webhooks, and no destination that needs one. */
export async function openRuntimeConfig({
  settings: file,
  secrets,
  outlets,
  dataDir,
  troubles,
  onFault,
}: RuntimeConfigDeps): Promise<RuntimeConfig> {
  const started = file.current;
  const { fromEnvironment } = file;
  const openAll = async () => {
    // Nobody but the person at the file or the environment can have changed anything yet.
    await adopt();
    return openWebhooks(started.webhooks, fromEnvironment, secrets);
  };
  const webhooks = await openAll().catch((error) => {
    if (!(error instanceof SecretsLocked)) throw error;
    return new Map() as WebhookTargets;
  });
  const { matrices, unfit } = await openMatrices(started, dataDir);
  tellUnfit(unfit);
  const opened = await outlets.open(started.destinations, fromEnvironment);
  const current = createObservable<RuntimeState>(
    { settings: started, outlets: opened, webhooks, matrices, secretFaults: await faultsOf(started) },
    onFault,
  );
  // One change after the other, so that none is made from what another is about to replace.
  const inTurn = createSerialQueue();

  /** Webhooks say theirs themselves. */
  function faultsOf(settings: Settings): Promise<string[]> {
    return secretFaults(secrets, secretsOf({ ...settings, webhooks: [] }, fromEnvironment));
  }

  function tellUnfit(all: OpenMatrices['unfit']): void {
    troubles.keepOnly(
      'extension matrix',
      all.map(({ id }) => id),
    );
    for (const one of all)
      troubles.report('extension matrix', one.id, { code: 'matrix_unfit', why: sayUnfit(one) });
  }

  /** Without it each secret is still used only where the settings say. */
  async function adopt(): Promise<void> {
    try {
      await secrets.adopt(secretsOf(started, fromEnvironment));
      troubles.report('secret origins', '', null);
    } catch (error) {
      if (error instanceof SecretsLocked) throw error;
      const { message, name, code = name } = error as NodeJS.ErrnoException;
      troubles.report('secret origins', '', {
        code,
        why: `which address a secret is for could not be noted: ${message}`,
      });
    }
  }

  return {
    get current() {
      return current.current;
    },
    fromEnvironment,
    fileFault: () => file.fault,
    atNextStart: () => AT_NEXT_START.filter((member) => current.current.settings[member] !== started[member]),

    save: (given, typed = new Map()) =>
      inTurn(async () => {
        const entered = new Map([...typed].map(([name, value]) => [name, secretText(value)]));
        const draft = file.check(given);
        if ('errors' in draft) return draft;
        const before = current.current.settings;
        const settings = keepingSame(draft.settings, before);
        const isSame = (member: keyof Settings) => settings[member] === current.current.settings[member];
        const uses = secretsOf(settings, fromEnvironment);
        const unfitting = unfitErrors(entered, uses);
        if (unfitting.length > 0) return { errors: unfitting };
        const usesBefore = secretsOf(before, fromEnvironment);
        const isOld = (use: SecretUse) =>
          usesBefore.some(({ name, origin }) => name === use.name && origin === use.origin);
        await secrets.disown(uses.filter((use) => !isOld(use)));
        const opened =
          isSame('webhooks') && entered.size === 0
            ? undefined
            : await openWebhooks(settings.webhooks, fromEnvironment, {
                get: async (use) => entered.get(use.name) ?? secrets.get(use),
              });
        const unsigned = opened ? unsignedErrors(opened, current.current.webhooks) : [];
        if (unsigned.length > 0) return { errors: unsigned };
        // Read anew each time: a person who has changed a file saves the settings to have it read.
        const { matrices, unfit } = await openMatrices(settings, dataDir);
        if (unfit.length > 0) return { errors: unfit.map(matrixError) };
        const kept: PersonalSecret[] = [];
        for (const { name, origin } of uses) {
          const value = entered.get(name);
          if (value === undefined) continue;
          await secrets.set(name, value, origin);
          kept.push(name);
        }
        const openOutlets =
          isSame('destinations') && entered.size === 0
            ? current.current.outlets
            : await outlets.open(settings.destinations, fromEnvironment);
        const secretFaults = await faultsOf(settings);
        const keptAside = draft.save();
        const webhooks = opened ?? current.current.webhooks;
        current.change({ settings, outlets: openOutlets, matrices, webhooks, secretFaults });
        tellUnfit(unfit);
        return { settings, before, kept, keptAside };
      }),

    setSecret: (name, given) =>
      inTurn(async () => {
        const value = given === null ? null : secretText(given);
        const { settings } = current.current;
        const use = secretsOf(settings, fromEnvironment).find((one) => one.name === name);
        const refused = use ? refusalOf(use, value) : null;
        if (refused !== null) return refused;
        if (value === null) await secrets.delete(name);
        else if (use) await secrets.set(name, value, use.origin);
        else return 'nothing that is saved has use for it yet: save that first, then enter its secret';
        const secretFaults = await faultsOf(settings);
        // A receiver's shipper reads its own when it is refused without, or with the one before.
        if (use?.part === 'webhooks') {
          const webhooks = await openWebhooks(settings.webhooks, fromEnvironment, secrets);
          current.change({ webhooks, secretFaults });
        } else if (use?.part === 'destinations') {
          current.change({
            outlets: await outlets.open(settings.destinations, fromEnvironment),
            secretFaults,
          });
        } else current.change({ secretFaults });
        return null;
      }),

    reopen: () =>
      inTurn(async () => {
        const { settings } = current.current;
        await adopt();
        current.change({
          webhooks: await openWebhooks(settings.webhooks, fromEnvironment, secrets),
          outlets: await outlets.open(settings.destinations, fromEnvironment),
          secretFaults: await faultsOf(settings),
        });
      }),

    subscribe: current.subscribe,
    select: current.select,
  };
}

/** Why this cannot be that secret from now on, or null; a null value clears it. */
function refusalOf(use: SecretUse, value: string | null): string | null {
  return value === null ? use.neededBy : use.check(value);
}

/** What is wrong with the secrets that came with settings. */
function unfitErrors(entered: EnteredSecrets, uses: readonly SecretUse[]): FieldErrors['errors'] {
  return [...entered].flatMap(([name, value]) => {
    const use = uses.find((one) => one.name === name);
    const detail = use ? refusalOf(use, value) : 'these settings have no use for it';
    return detail === null ? [] : [{ pointer: use?.pointer ?? '', detail }];
  });
}

/** With the very members of `old` that have not changed, so that who hears of one of them is left alone. */
function keepingSame(next: Settings, old: Settings): Settings {
  const same = Object.entries(old).filter(([member, value]) =>
    isDeepStrictEqual(value, next[member as keyof Settings]),
  );
  return { ...next, ...Object.fromEntries(same) };
}

function matrixError({ index, reason }: OpenMatrices['unfit'][number]): FieldErrors['errors'][number] {
  return { pointer: `/applications/${index}/extensionMatrix`, detail: reason };
}
