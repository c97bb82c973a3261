/** Who is told of pops. */
import type { Store } from '../../data/store.ts';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { type FieldProblem, problemAt } from '../../parts/problems-at.ts';
import { failureText } from '../../parts/states.tsx';
import { nextKey, type WebhookDraft } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

/** One section of the form. */
export function WebhooksSection({ form }: { form: SettingsForm }) {
  const { webhooks } = form.draft;
  const isLocked = form.isLocked('webhooks');
  const problem = problemAt(form.problems, '/webhooks');
  const change = (webhook: WebhookDraft, part: Partial<WebhookDraft>) =>
    form.change({ webhooks: webhooks.map((other) => (other === webhook ? { ...other, ...part } : other)) });
  const id = webhooks.some((webhook) => webhook.id === 'productivity') ? '' : 'productivity';
  return (
    <section class="card form" aria-labelledby="webhooks-title">
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
            <>
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
              <button
                type="button"
                class="button quiet icon-only"
                aria-label={`Remove webhook ${webhook.id || index + 1}`}
                onClick={() => form.change({ webhooks: webhooks.filter((other) => other !== webhook) })}
              >
                <Icon name="close" />
              </button>
            </>
          )}
        </fieldset>
      ))}
      {!isLocked && (
        <button
          type="button"
          class="button small start"
          onClick={() =>
            form.change({ webhooks: [...webhooks, { key: nextKey(webhooks), id, url: '', secret: '' }] })
          }
        >
          <Icon name="plus" /> Add a webhook
        </button>
      )}
    </section>
  );
}

/** Keeps the secrets that were typed: a webhook is not taken without one. Resolves with what was refused. */
export async function keepSecrets(store: Store, webhooks: readonly WebhookDraft[]): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  for (const [index, { id, secret }] of webhooks.entries()) {
    if (secret === '') continue;
    const result = await store.call('secretSet', { name: `webhook-secret:${id}`, value: secret });
    const refused = result.ok ? result.value.refused : failureText(result);
    // What is wrong with the id itself is said when the settings are saved.
    if (refused !== null && !(result.ok === false && result.code === 'invalid_request'))
      problems.push({ pointer: `/webhooks/${index}/secret`, detail: refused });
  }
  return problems;
}
