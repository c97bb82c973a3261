/** Who is told of pops. */
import type { ApiRequest } from '../../../shared/api.ts';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useListFocus } from '../../parts/list-focus.ts';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { nextKey, type WebhookDraft } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

/** One section of the form. */
export function WebhooksSection({ form }: { form: SettingsForm }) {
  const { webhooks } = form.draft;
  const isLocked = form.isLocked('webhooks');
  const problem = problemAt(form.problems, '/webhooks');
  const change = (webhook: WebhookDraft, part: Partial<WebhookDraft>) =>
    form.change({ webhooks: webhooks.map((other) => (other === webhook ? { ...other, ...part } : other)) });
  const focus = useListFocus();
  const remove = (webhook: WebhookDraft, index: number) => {
    form.change({ webhooks: webhooks.filter((other) => other !== webhook) });
    focus.removed(index);
  };
  const id = webhooks.some((webhook) => webhook.id === 'productivity') ? '' : 'productivity';
  const add = () => {
    form.change({
      webhooks: [...webhooks, { key: nextKey(webhooks), id, url: '', allow: '', secret: '' }],
    });
    focus.added();
  };
  return (
    <section ref={focus.ref} class="card form" aria-labelledby="webhooks-title">
      <div>
        <h2 id="webhooks-title">Webhooks</h2>
        <p class="muted">Told of each pop that was delivered or failed; signed as Standard Webhooks.</p>
      </div>
      {problem && <p class="field-error">{problem}</p>}
      {webhooks.map((webhook, index) => (
        <fieldset key={webhook.key} class="webhook">
          <legend class="visually-hidden">{webhook.id || 'New webhook'}</legend>
          <Field label="Id" isLocked={isLocked} error={problemAt(form.problems, `/webhooks/${index}/id`)}>
            {(control) => (
              <input
                {...control}
                value={webhook.id}
                autocomplete="off"
                spellcheck={false}
                placeholder="productivity"
                onInput={({ currentTarget }) => change(webhook, { id: currentTarget.value })}
              />
            )}
          </Field>
          <Field
            label="Address"
            isLocked={isLocked}
            error={problemAt(form.problems, `/webhooks/${index}/url`)}
          >
            {(control) => (
              <input
                {...control}
                value={webhook.url}
                type="url"
                autocomplete="off"
                spellcheck={false}
                placeholder="https://hooks.example.com/poptray"
                onInput={({ currentTarget }) => change(webhook, { url: currentTarget.value })}
              />
            )}
          </Field>
          {!isLocked && (
            <Field label="New secret" error={problemAt(form.problems, `/webhooks/${index}/secret`)}>
              {(control) => (
                <input
                  {...control}
                  value={webhook.secret}
                  type="password"
                  autocomplete="off"
                  maxLength={4096}
                  placeholder="whsec_…"
                  onInput={({ currentTarget }) => change(webhook, { secret: currentTarget.value })}
                />
              )}
            </Field>
          )}
          <Field
            label="Allowed inside the network"
            isLocked={isLocked}
            isOptional
            error={problemUnder(form.problems, `/webhooks/${index}/allow`)}
          >
            {(control) => (
              <input
                {...control}
                value={webhook.allow}
                autocomplete="off"
                spellcheck={false}
                placeholder="10.0.0.0/8, hook.corp.example"
                onInput={({ currentTarget }) => change(webhook, { allow: currentTarget.value })}
              />
            )}
          </Field>
          {!isLocked && (
            <button
              type="button"
              class="button quiet icon-only"
              aria-label={`Remove webhook ${webhook.id || index + 1}`}
              data-remove
              onClick={() => remove(webhook, index)}
            >
              <Icon name="close" />
            </button>
          )}
        </fieldset>
      ))}
      {!isLocked && (
        <button type="button" class="button small start" data-add onClick={add}>
          <Icon name="plus" /> Add a webhook
        </button>
      )}
    </section>
  );
}

/** The secrets that were typed, which are kept for these webhooks when the settings are saved. */
export function secretsOf(
  webhooks: readonly WebhookDraft[],
): NonNullable<ApiRequest<'settingsSet'>['secrets']> {
  return webhooks.flatMap(({ id, secret }) =>
    secret === '' ? [] : [{ name: `webhook-secret:${id}` as const, value: secret }],
  );
}
