import { expect, test } from 'vitest';
import { draftOf, settingsOf } from '../../renderer/views/settings/settings-draft.ts';
import { destinationKinds } from '../../shared/destinations/forms.ts';
import { settingsSchema } from '../../shared/settings.ts';

const settings = settingsSchema.parse({
  agent: { userId: 'id-1', name: 'Ada Lovelace', country: 'DE' },
  applications: [
    {
      id: 'crm',
      baseUri: 'https://crm.example.com/agent',
      allowedOrigins: ['https://crm.example.com'],
      framing: {
        mode: 'enforce',
        embedder: 'https://desk.example',
        directives: [
          {
            directive: 'frame-ancestors',
            rule: 'must-allow',
            sources: ['https://*.genesys.cloud', "'self'"],
          },
        ],
        keepForMs: 120_000,
      },
    },
    {
      id: 'extended',
      baseUri: 'https://extended.example/',
      allowedOrigins: ['https://extended.example'],
      extensionMatrix: 'extensions.json',
    },
    { id: 'plain', baseUri: 'https://plain.example/', allowedOrigins: ['https://plain.example'] },
  ],
  shipping: [
    { id: 'siem', kind: 'syslog', host: 'logs.example', tls: false, enterpriseId: 32473 },
    {
      id: 'collector',
      kind: 'otlp',
      url: 'https://otel.example',
      signals: ['metrics'],
      secretHeader: 'authorization',
      caFile: '/ca.pem',
      certFile: '/cert.pem',
      keyFile: '/key.pem',
    },
  ],
});

test('a form that nobody changed makes the settings that it was made from, with what it does not show', () => {
  const made = settingsOf(draftOf(settings, destinationKinds), settings, destinationKinds);
  expect(made.problems).toEqual([]);
  expect(settingsSchema.parse(made.settings)).toEqual(settings);
});

test('what is left empty of the agent is not said', () => {
  const draft = { ...draftOf(settings, destinationKinds), agentId: ' ', agentName: '', country: '' };
  const made = settingsOf(draft, settings, destinationKinds);
  expect(settingsSchema.parse(made.settings).agent).toEqual({});
});

test('rules of framing are edited as lines; what is wrong in one is found by the schema', () => {
  const draft = draftOf(settings, destinationKinds);
  const [first, ...others] = draft.applications;
  if (!first) throw new Error('no application');
  expect(first.framing.directives).toBe("must-allow frame-ancestors https://*.genesys.cloud 'self'");
  const edited = { ...first, framing: { ...first.framing, directives: '\n must-not-exceed  script-src\n' } };
  const { settings: made } = settingsOf(
    { ...draft, applications: [edited, ...others] },
    settings,
    destinationKinds,
  );
  const { error } = settingsSchema.safeParse(made);
  expect(error?.issues.map(({ path }) => path.join('/'))).toEqual([
    'applications/0/framing/directives/0/sources',
  ]);
});

test('the windows of calls are edited in seconds and minutes, and none is changed by being shown', () => {
  const odd = { ...settings, dedupeWindowMs: 1234, ringWindowMs: 90_001, interactionLifetimeMs: 1_234_567 };
  expect(settingsOf(draftOf(odd, destinationKinds), odd, destinationKinds).settings).toMatchObject(odd);
  const draft = {
    ...draftOf(settings, destinationKinds),
    dedupeSeconds: '0.5',
    ringSeconds: '60',
    lifetimeMinutes: '1.1',
  };
  expect(settingsOf(draft, settings, destinationKinds).settings).toMatchObject({
    dedupeWindowMs: 500,
    ringWindowMs: 60_000,
    interactionLifetimeMs: 66_000,
  });
});
