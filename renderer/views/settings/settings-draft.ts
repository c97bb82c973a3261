/** The settings as a person edits them: texts, which may not yet be what they should become. */
import type { ApiResponse } from '../../../shared/api.ts';
import type { DestinationKind } from '../../../shared/destinations/fields.ts';
import { readJsonText } from '../../../shared/read-json.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';
import { type DestinationDraft, destinationDraftOf, destinationOfDraft } from './destination-draft.ts';
import { type FramingDraft, framingDraftOf, framingOfDraft } from './framing-draft.ts';
import { type PageDraft, pageDraftOf, pageOfDraft } from './page-draft.ts';
import { type ReceiverDraft, receiverDraftOf, receiverOfDraft } from './receiver-draft.ts';

export type Settings = ApiResponse<'settingsGet'>['settings'];

export interface ApplicationDraft {
  readonly key: number;
  readonly id: string;
  readonly page: PageDraft;
  /** One in each line. */
  readonly allowedOrigins: string;
  /** JSON. */
  readonly state: string;
  readonly framing: FramingDraft;
  /** The path of a file; empty for none. */
  readonly extensionMatrix: string;
  /** The keys of destinations, in order; null for all. */
  readonly destinations: readonly number[] | null;
  readonly mode: Settings['applications'][number]['mode'];
  /** What the form does not show, and keeps. */
  readonly others: object;
}

export interface WebhookDraft {
  readonly key: number;
  readonly id: string;
  readonly url: string;
  /** Where it may go inside of the network, separated by commas or blanks. */
  readonly allow: string;
  /** A new one; empty leaves the one that is kept. */
  readonly secret: string;
}

export interface SettingsDraft {
  readonly port: string;
  readonly rateLimit: string;
  readonly browserOrigins: string;
  readonly agentId: string;
  readonly agentName: string;
  /** ISO 3166-1; empty for none. */
  readonly country: string;
  readonly destinations: readonly DestinationDraft[];
  readonly applications: readonly ApplicationDraft[];
  readonly popPhases: readonly string[];
  readonly dedupeSeconds: string;
  readonly ringSeconds: string;
  readonly lifetimeMinutes: string;
  readonly attemptSeconds: string;
  readonly deadlineSeconds: string;
  readonly webhooks: readonly WebhookDraft[];
  readonly receivers: readonly ReceiverDraft[];
  readonly auditKeepDays: string;
  readonly logLevel: string;
  readonly autostart: boolean;
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** A text that is no number stays one, so that the app says what is wrong with it. */
const number = (text: string, factor = 1) =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Math.round(Number(text) * factor * 1000) / 1000;

/** What the settings look like in the form. */
export function draftOf(settings: Settings, kinds: readonly DestinationKind[]): SettingsDraft {
  return {
    port: String(settings.port),
    rateLimit: String(settings.rateLimit),
    browserOrigins: settings.browserOrigins.join('\n'),
    destinations: settings.destinations.map((one, key) => destinationDraftOf(one, kinds, key)),
    applications: settings.applications.map(
      (
        {
          id,
          baseUri,
          target,
          exposes,
          fallback,
          fragment,
          context,
          allowPlaceholders,
          allowedOrigins,
          state,
          framing,
          extensionMatrix = '',
          destinations,
          mode,
          ...others
        },
        key,
      ) => ({
        key,
        id,
        page: pageDraftOf({ baseUri, target, exposes, fallback, fragment, context, allowPlaceholders }),
        allowedOrigins: allowedOrigins.join('\n'),
        state: JSON.stringify(state, null, 2),
        framing: framingDraftOf(framing),
        extensionMatrix,
        destinations: destinations
          ? destinations.map((wanted) => settings.destinations.findIndex((one) => one.id === wanted))
          : null,
        mode,
        others,
      }),
    ),
    agentId: settings.agent.userId ?? '',
    agentName: settings.agent.name ?? '',
    country: settings.agent.country ?? '',
    popPhases: settings.popPhases,
    dedupeSeconds: String(settings.dedupeWindowMs / 1000),
    ringSeconds: String(settings.ringWindowMs / 1000),
    lifetimeMinutes: String(settings.interactionLifetimeMs / 60_000),
    attemptSeconds: String(settings.attemptTimeoutMs / 1000),
    deadlineSeconds: String(settings.totalDeadlineMs / 1000),
    webhooks: settings.webhooks.map(({ id, url, allow = [] }, key) => ({
      key,
      id,
      url,
      allow: allow.join(', '),
      secret: '',
    })),
    receivers: settings.shipping.map(receiverDraftOf),
    auditKeepDays: String(settings.auditKeepDays),
    logLevel: settings.logLevel,
    autostart: 'autostart' in settings && settings.autostart === true,
  };
}

/** The settings that the form makes, over `before`, and what keeps them from being settings at all. */
export function settingsOf(
  draft: SettingsDraft,
  before: Settings,
  kinds: readonly DestinationKind[],
): { settings: unknown; problems: FieldProblem[] } {
  const made = draft.destinations.map((one, index) =>
    destinationOfDraft({ ...one, isRequired: one.isRequired || isInTurn(draft, one) }, kinds, index),
  );
  const problems = made.flatMap((one) => one.problems);
  const applications = draft.applications.map(({ id, page, allowedOrigins, state, ...rest }, index) => {
    let parsed: unknown = {};
    try {
      parsed = state.trim() === '' ? {} : readJsonText(state);
    } catch {
      problems.push({
        pointer: `/applications/${index}/state`,
        detail: 'must be JSON, such as {"priority":"high"}',
      });
    }
    const framing = framingOfDraft(rest.framing);
    return {
      ...rest.others,
      id,
      ...pageOfDraft(page),
      allowedOrigins: lines(allowedOrigins),
      state: parsed,
      ...(framing !== undefined && { framing }),
      ...(rest.extensionMatrix !== '' && { extensionMatrix: rest.extensionMatrix }),
      ...(rest.destinations && { destinations: idsOf(rest.destinations, draft.destinations) }),
      mode: rest.mode,
    };
  });
  const settings = {
    ...before,
    port: number(draft.port),
    rateLimit: number(draft.rateLimit),
    browserOrigins: lines(draft.browserOrigins),
    agent: agentOf(draft),
    destinations: made.map(({ destination }) => destination),
    applications,
    popPhases: draft.popPhases,
    dedupeWindowMs: number(draft.dedupeSeconds, 1000),
    ringWindowMs: number(draft.ringSeconds, 1000),
    interactionLifetimeMs: number(draft.lifetimeMinutes, 60_000),
    attemptTimeoutMs: number(draft.attemptSeconds, 1000),
    totalDeadlineMs: number(draft.deadlineSeconds, 1000),
    webhooks: draft.webhooks.map(({ id, url, allow }) => {
      const entries = allow.split(/[\s,]+/).filter(Boolean);
      return { id, url, ...(entries.length > 0 && { allow: entries }) };
    }),
    shipping: draft.receivers.map(receiverOfDraft),
    auditKeepDays: number(draft.auditKeepDays),
    logLevel: draft.logLevel,
    ...('autostart' in before && { autostart: draft.autostart }),
  };
  return { settings, problems };
}

/** What was left empty is not said. */
function agentOf({ agentId, agentName, country }: SettingsDraft): Settings['agent'] {
  const [userId, name] = [agentId.trim(), agentName.trim()];
  return {
    ...(userId !== '' && { userId }),
    ...(name !== '' && { name }),
    ...(country !== '' && { country }),
  };
}

/** An application that somebody is about to describe. */
export function newApplication(key: number): ApplicationDraft {
  const framing = framingDraftOf(undefined);
  const texts = { id: '', allowedOrigins: '', state: '{}', extensionMatrix: '' };
  return {
    ...texts,
    key,
    page: pageDraftOf({ baseUri: '' }),
    framing,
    destinations: null,
    mode: 'all',
    others: {},
  };
}

/** Whether an application tries this destination before or after others: then it cannot be required. */
export function isInTurn({ applications }: SettingsDraft, { key }: DestinationDraft): boolean {
  return applications.some(
    ({ mode, destinations }) => mode === 'first' && (destinations === null || destinations.includes(key)),
  );
}

/** The ids of the destinations with these keys. */
export function idsOf(keys: readonly number[], destinations: readonly DestinationDraft[]): string[] {
  return keys.flatMap((key) => destinations.find((one) => one.key === key)?.id.trim() ?? []);
}

/** A key for a new line of a list. */
export function nextKey(list: readonly { readonly key: number }[]): number {
  return Math.max(-1, ...list.map(({ key }) => key)) + 1;
}
