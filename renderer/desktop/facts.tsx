/** What the page read from its fragment, and what came with the pop. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { DesktopPop } from '../../shared/desktop.ts';
import { readFragment, SECRET_NAME } from './read-pop.ts';

export function Facts({ pop }: { readonly pop: DesktopPop }) {
  const { route, entries } = readFragment(pop.uri);
  return (
    <aside class="facts" aria-label="What came with the pop">
      <section>
        <h2>What the page read</h2>
        {entries.length === 0 ? (
          <p class="muted">Nothing: the trigger brought no customer data.</p>
        ) : (
          <dl class="facts-list">
            {entries.map(([name, value], index) => (
              <Fact key={index} name={name}>
                {name === SECRET_NAME ? <Secret value={value} /> : <span dir="auto">{value}</span>}
              </Fact>
            ))}
          </dl>
        )}
        <p class="facts-how muted">
          {route === null ? (
            <>
              by <code>new URLSearchParams(location.hash.slice(1))</code>
            </>
          ) : (
            <>
              behind its route <code>{route}</code>
            </>
          )}
          . No server and no log has it.
        </p>
      </section>
      <section>
        <h2>The pop</h2>
        <dl class="facts-list">
          <Fact name="Application">{pop.applicationId}</Fact>
          <Fact name="Window focused">
            {pop.windowFocused === null
              ? 'nobody said'
              : pop.windowFocused
                ? 'yes, measured here'
                : 'no, measured here'}
          </Fact>
          {Object.entries(pop.state).map(([name, value]) => (
            <Fact key={name} name={name}>
              {typeof value === 'string' ? value : JSON.stringify(value)}
            </Fact>
          ))}
          <Fact name="Idempotency key">
            <span class="mono">{pop.idempotencyKey}</span>
          </Fact>
        </dl>
      </section>
    </aside>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt dir="auto">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Secret({ value }: { readonly value: string }) {
  const [isShown, setShown] = useState(false);
  return (
    <>
      <span class="mono">{isShown ? value : '••••••'}</span>{' '}
      <button type="button" class="link" onClick={() => setShown(!isShown)}>
        {isShown ? 'Hide' : 'Show'}
      </button>
    </>
  );
}
