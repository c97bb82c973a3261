/** Where pops, webhooks and the log go, and their secrets, change only after a yes that no page can give: in a dialog. */
import { isDeepStrictEqual } from 'node:util';
import type { MessageBoxOptions } from 'electron';
import { type ApiRequest, type ApiResult, api, type Operation } from '../../shared/api.ts';
import { type DestinationConfig, formOf } from '../../shared/destinations/forms.ts';
import { type Settings, shownSettingsSchema } from '../../shared/settings.ts';
import type { Dashboard } from '../api/api.ts';
import { PopError, problemOf } from '../pipeline/errors.ts';

type Shown = Omit<Settings, 'updateFeed'>;

/** Asks in a dialog that hangs on the window. */
export type Ask = (options: MessageBoxOptions) => Promise<{ readonly response: number }>;

/** The dashboard for the window's page. While one question is open, what would need another is refused. */
export function confirmingChanges(dashboard: Pick<Dashboard, 'call'>, ask: Ask): Pick<Dashboard, 'call'> {
  let isAsking = false;

  async function isConfirmed(changes: readonly string[]): Promise<boolean> {
    if (isAsking) return false;
    isAsking = true;
    try {
      const { response } = await ask(questionOf(changes));
      return response === 0;
    } finally {
      isAsking = false;
    }
  }

  return {
    async call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResult<Name>> {
      const changes = await changesOf(dashboard, name, request);
      if (changes.length === 0 || (await isConfirmed(changes))) return dashboard.call(name, request);
      const problem = problemOf(new PopError('not_confirmed', 'nothing was changed'));
      return { ok: false, code: 'refused', problem };
    },
  };
}

function questionOf(changes: readonly string[]): MessageBoxOptions {
  return {
    type: 'warning',
    title: 'poptray',
    message: 'Change where poptray sends things?',
    detail: `${changes.join('\n')}\n\nSay yes only if you have just asked for this in the settings.`,
    buttons: ['Change', 'Leave as it is'],
    // Whoever is typing when the question comes up must not agree by pressing Enter.
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
}

/** In words of ours: nothing of the page's gets into them but what the schema lets through. What it does not, the app refuses. */
async function changesOf(
  dashboard: Pick<Dashboard, 'call'>,
  name: Operation,
  request: unknown,
): Promise<readonly string[]> {
  if (name === 'secretSet') {
    const parsed = api.secretSet.request.safeParse(request);
    if (!parsed.success) return [];
    const { name: secret, value } = parsed.data;
    return [`${value === null ? 'Forget' : 'Keep another'} ${secret}`];
  }
  if (name !== 'settingsSet') return [];
  const parsed = api.settingsSet.request.safeParse(request);
  const wanted = shownSettingsSchema.safeParse(parsed.data?.settings);
  if (!parsed.success || !wanted.success) return [];
  const { secrets = [] } = parsed.data;
  const now = await dashboard.call('settingsGet', {});
  if (!now.ok) return ['The settings'];
  return [
    ...placesChanged(now.value.settings, wanted.data),
    ...secrets.map((secret) => `Keep another ${secret.name}`),
  ];
}

function placesChanged(now: Shown, wanted: Shown): string[] {
  const changes = [
    ...destinationsChanged(now.destinations, wanted.destinations),
    ...waysChanged(now, wanted),
  ];
  for (const [member, what] of [
    ['webhooks', 'Webhook'],
    ['shipping', 'Receiver of the log'],
  ] as const) {
    const [old, next] = [now[member], wanted[member]];
    for (const each of next)
      if (!old.some((other) => isDeepStrictEqual(other, each)))
        changes.push(`${what} ${each.id}: ${placeText(each)}`);
    for (const { id } of old)
      if (!next.some((other) => other.id === id)) changes.push(`${what} ${id}: no longer`);
  }
  return changes;
}

function destinationsChanged(old: Shown['destinations'], next: Shown['destinations']): string[] {
  const lines = next.flatMap((one) => {
    const before = old.find(({ id }) => id === one.id);
    const parts = [wayTo(one, before), requiredText(one, before)].filter((part) => part !== null);
    return parts.length === 0 ? [] : [`Destination ${one.id}: ${parts.join(', ')}`];
  });
  const gone = old.filter(({ id }) => !next.some((one) => one.id === id));
  return [...lines, ...gone.map(({ id }) => `Destination ${id}: no longer`)];
}

type Place = Shown['destinations'][number];

/** Null where nothing but whether it is required has changed. */
function wayTo(one: Place, before: Place | undefined): string | null {
  const to = `pops go to ${destinationText(one)}`;
  if (!before) return to;
  if (isDeepStrictEqual({ ...before, required: undefined }, { ...one, required: undefined })) return null;
  const isElsewhere = destinationText(before) !== destinationText(one);
  return isElsewhere ? `${to}, not to ${destinationText(before)}` : `${to} in another way`;
}

function requiredText({ required = true }: Place, before: Place | undefined): string | null {
  if (required === (before?.required ?? true)) return null;
  return required ? 'required' : 'not required';
}

/** To which of the destinations an application's pops go; that of an application that is gone or new is its own matter. */
function waysChanged(now: Shown, wanted: Shown): string[] {
  const way = (settings: Shown, application: Shown['applications'][number]) => {
    const ids = application.destinations ?? settings.destinations.map(({ id }) => id);
    // Their order counts, also where it is that of the list.
    if (application.mode === 'first') return `the first that takes them of ${ids.join(', ')}`;
    return application.destinations?.join(', ') ?? 'every destination';
  };
  return wanted.applications.flatMap((one) => {
    const before = now.applications.find(({ id }) => id === one.id);
    if (!before || way(now, before) === way(wanted, one)) return [];
    return [`Pops of ${one.id} go to ${way(wanted, one)}, not to ${way(now, before)}`];
  });
}

function destinationText(destination: DestinationConfig): string {
  return formOf(destination).describeInFull(destination);
}

function placeText(place: Settings['webhooks'][number] | Settings['shipping'][number]): string {
  const allow = 'allow' in place ? (place.allow ?? []) : [];
  const inside = allow.length === 0 ? '' : `, also inside the network at ${allow.join(', ')}`;
  return 'url' in place
    ? `${new URL(place.url).href}${inside}`
    : `${place.host}:${place.port}${place.tls ? '' : ', without TLS'}`;
}
