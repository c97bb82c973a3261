import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { namesIn, pageDraftOf, pageOfDraft, sampleOf } from '../../renderer/views/settings/page-draft.ts';
import { applicationSchema } from '../../shared/application.ts';
import { TARGET_PATTERNS } from '../../shared/target-patterns.ts';

const CRM = 'https://crm.example';
const none = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const page = fc.record({ baseUri: fc.constant(`${CRM}/#/agent`), fragment: none(fc.boolean()) });
const template = fc.record({
  target: fc.constantFrom(`${CRM}/{id}`, `${CRM}/`, `${CRM}/a{?id,call.from}`),
  exposes: fc.constant(['id', 'call.from']),
  fallback: none(fc.constant(`${CRM}/search`)),
  fragment: none(fc.boolean()),
});
const more = fc.record({
  context: none(fc.constantFrom('plain' as const, 'sealed' as const)),
  allowPlaceholders: none(fc.boolean()),
});

test('what the form makes of settings means what they did', () => {
  fc.assert(
    fc.property(fc.oneof(page, template), more, (which, others) => {
      const before = applicationSchema.safeParse({ id: 'crm', allowedOrigins: [CRM], ...which, ...others });
      fc.pre(before.success);
      const made = pageOfDraft(pageDraftOf(before.data));
      const after = applicationSchema.parse({ id: 'crm', allowedOrigins: [CRM], ...made });
      expect(pageDraftOf(after)).toEqual(pageDraftOf(before.data));
      expect(after.context === 'sealed').toBe(before.data.context === 'sealed');
    }),
  );
});

test.each(TARGET_PATTERNS.map(({ label, target }) => [label, target]))(
  'the pattern "%s" is a template, and a sample call becomes a page of it',
  (_, target) => {
    const application = {
      id: 'crm',
      target,
      exposes: namesIn(target),
      allowedOrigins: [new URL(target).origin],
    };
    expect(applicationSchema.safeParse(application).error).toBeUndefined();
    expect(namesIn(target)).not.toEqual([]);
    expect(sampleOf(target)).toMatch(/12345/);
  },
);

test('a text that is no template yet has neither sample nor names', () => {
  expect([sampleOf('https://'), namesIn('https://crm.example/{')]).toEqual([null, []]);
});
