/** Which page an application shows, and how it gets what the phone knows. */
import { TARGET_PATTERNS } from '../../../shared/target-patterns.ts';
import { Field } from '../../parts/field.tsx';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { namesIn, type PageDraft, sampleOf } from './page-draft.ts';
import type { SettingsForm } from './settings-form.ts';

const contexts: readonly { readonly context: PageDraft['context']; readonly label: string }[] = [
  { context: 'fragment', label: 'In the fragment, which no server sees' },
  { context: 'sealed', label: 'In the fragment, sealed for the session token' },
  { context: 'none', label: 'Not at all' },
];

interface Props {
  readonly form: SettingsForm;
  /** The JSON pointer of the application. */
  readonly at: string;
  readonly page: PageDraft;
  readonly onChange: (page: PageDraft) => void;
}

/** The page itself; its further fields are folded away. */
export function PageFields({ form, at, page, onChange }: Props) {
  const isLocked = form.isLocked('applications');
  const set = (part: Partial<PageDraft>) => onChange({ ...page, ...part });
  const address = page.isTemplate ? 'target' : 'baseUri';
  return (
    <>
      <Field label="What is shown" isLocked={isLocked}>
        {(control) => (
          <select
            {...control}
            value={page.isTemplate ? 'target' : 'baseUri'}
            onChange={({ currentTarget }) => {
              const isTemplate = currentTarget.value === 'target';
              set({ isTemplate, mayExpose: false, context: isTemplate ? 'none' : 'fragment' });
            }}
          >
            <option value="baseUri">A page of yours, which reads the context itself</option>
            <option value="target">A page of others, with the caller in its address</option>
          </select>
        )}
      </Field>
      {page.isTemplate && <Patterns isLocked={isLocked} onPick={(target) => set({ address: target })} />}
      <Field
        label={page.isTemplate ? 'Template' : 'Page'}
        hint={page.isTemplate && 'With {name}, {/name}, {?name} or {&name} for what the trigger has.'}
        isLocked={isLocked}
        error={problemAt(form.problems, `${at}/${address}`)}
      >
        {(control) => (
          <input
            {...control}
            inputmode="url"
            autocomplete="off"
            spellcheck={false}
            value={page.address}
            onInput={({ currentTarget }) => set({ address: currentTarget.value, mayExpose: false })}
            placeholder={
              page.isTemplate ? 'https://crm.example.com/contacts/{id}' : 'https://crm.example.com/agent'
            }
          />
        )}
      </Field>
      {page.isTemplate && <TemplateFields form={form} at={at} page={page} set={set} />}
      <details class="more-fields">
        <summary>Context</summary>
        <Field
          label="What the phone knows goes"
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/context`) ?? problemAt(form.problems, `${at}/fragment`)}
        >
          {(control) => (
            <select
              {...control}
              value={page.context}
              onChange={({ currentTarget }) => set({ context: currentTarget.value as PageDraft['context'] })}
            >
              {contexts.map(({ context, label }) => (
                <option key={context} value={context}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label class="check">
          <input
            type="checkbox"
            disabled={isLocked}
            checked={page.allowPlaceholders}
            onChange={({ currentTarget }) => set({ allowPlaceholders: currentTarget.checked })}
          />
          A value such as {'{Name}'} counts, and is not taken for one that the phone left unfilled
        </label>
      </details>
    </>
  );
}

function Patterns({ isLocked, onPick }: { isLocked: boolean; onPick: (target: string) => void }) {
  return (
    <Field
      label="Begin with"
      isOptional
      hint="Put your own host in place of the example’s."
      isLocked={isLocked}
    >
      {(control) => (
        <select
          {...control}
          value=""
          onChange={({ currentTarget }) => currentTarget.value !== '' && onPick(currentTarget.value)}
        >
          <option value="">…</option>
          {TARGET_PATTERNS.map(({ label, target }) => (
            <option key={target} value={target}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TemplateProps extends Omit<Props, 'onChange'> {
  readonly set: (part: Partial<PageDraft>) => void;
}

function TemplateFields({ form, at, page, set }: TemplateProps) {
  const isLocked = form.isLocked('applications');
  const names = namesIn(page.address);
  const sample = sampleOf(page.address);
  return (
    <>
      {sample !== null && (
        <div>
          <p class="muted">A sample call becomes</p>
          <code class="code">{sample}</code>
        </div>
      )}
      {names.length > 0 && (
        <Field
          label="Consent"
          hint="What stands in an address reaches servers, proxies and histories."
          isLocked={isLocked}
          error={problemUnder(form.problems, `${at}/exposes`)}
        >
          {(control) => (
            <label class="check">
              <input
                {...control}
                type="checkbox"
                checked={page.mayExpose}
                onChange={({ currentTarget }) => set({ mayExpose: currentTarget.checked })}
              />
              They may see {names.join(', ')}
            </label>
          )}
        </Field>
      )}
      <Field
        label="Page for a call that lacks them"
        isOptional
        hint="Without it, such a pop is refused."
        isLocked={isLocked}
        error={problemAt(form.problems, `${at}/fallback`)}
      >
        {(control) => (
          <input
            {...control}
            type="url"
            value={page.fallback}
            onInput={({ currentTarget }) => set({ fallback: currentTarget.value })}
            placeholder="https://crm.example.com/search"
          />
        )}
      </Field>
    </>
  );
}
