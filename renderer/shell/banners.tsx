/** Standing notices: what a person should know before trusting what the page shows. */

import { nameOfTrouble } from '../../shared/say-trouble.ts';
import type { TroublePart } from '../../shared/trouble.ts';
import { hrefOf } from '../data/address.ts';
import { setPause } from '../data/set-pause.ts';
import { type Status, useStore } from '../data/store.ts';
import { formatClock, formatCount } from '../format.ts';
import { Banner } from '../parts/banner.tsx';
import { Time } from '../parts/time.tsx';

/** With a capital and a full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** What a trouble means to pops, where they do not simply go on. */
const WHAT_OF_POPS: Partial<Record<TroublePart, string>> = {
  destination: 'This ends with the next pop that it takes.',
  'extension matrix': 'Other pops go on.',
};

/** The ids of the destinations that lack something. */
function missingIn({ destinations }: Status): string[] {
  return destinations.filter(({ missing }) => missing !== null).map(({ id }) => id);
}

/** The worst first. */
export function Banners() {
  const store = useStore();
  const status = store.status.value;
  const connection = store.connection.value;
  return (
    <section class="banners" aria-label="Notices">
      {connection === 'lost' && (
        <Banner tone="bad" icon="warning">
          <strong>Connection lost.</strong> What you see may be out of date; trying to reconnect.
        </Banner>
      )}
      {connection === 'ended' && (
        <Banner tone="bad" icon="lock">
          <strong>This session is not open any more.</strong> What you see may be out of date. Open a new link
          in this browser, and this page goes on: <code>poptray dashboard</code> prints one, or, in a
          checkout, <code>npm run -s poptray -- dashboard</code>.
        </Banner>
      )}
      {status?.auditFault && (
        <Banner tone="bad" icon="failed">
          <strong>Nothing can be delivered:</strong> {status.auditFault}
        </Banner>
      )}
      {status?.audit.tampered && (
        <Banner tone="bad" icon="warning">
          <strong>
            The audit log was tampered with
            {status.audit.tampered.seq !== null &&
              `, from entry ${formatCount(status.audit.tampered.seq)} on`}
            :
          </strong>{' '}
          {status.audit.tampered.reason}. Found <Time value={status.audit.tampered.at} />. Pops go on. Keep
          the data folder as it is and tell whoever is responsible for compliance. This stays, whatever later
          checks say, until <code>poptray reset</code> closes it.
        </Banner>
      )}
      {status?.audit.checked?.verdict === 'not-all-vouched-for' && (
        <Banner tone="warn" icon="warning">
          <strong>Not all of the audit log is vouched for</strong>
          {status.audit.checked.seq !== null && ` from entry ${formatCount(status.audit.checked.seq)} on`}:{' '}
          {status.audit.checked.reason}. Checked <Time value={status.audit.checked.at} />.
        </Banner>
      )}
      {status?.spaceWarning && (
        <Banner tone="warn" icon="warning">
          <strong>The disk is almost full:</strong> {status.spaceWarning}.
        </Banner>
      )}
      {status?.portInsteadOf != null && (
        <Banner tone="warn" icon="warning">
          <strong>Port {status.portInsteadOf} is taken,</strong> perhaps by the poptray of another user of
          this computer. This one listens on <code>{status.addresses[0]}</code> instead: point your softphone
          there, or <a href={hrefOf('settings')}>set a port that stays</a>.
        </Banner>
      )}
      {status?.settingsFault && (
        <Banner tone="bad" icon="warning">
          <strong>The settings file cannot be used; its last good copy is.</strong>{' '}
          <span class="lines">{status.settingsFault}</span>
          <br />
          Mend it and start poptray again. Or <a href={hrefOf('settings')}>save the settings here</a>: the
          file as it is now is then kept beside the new one.
        </Banner>
      )}
      {status?.rebuilding != null && (
        <Banner tone="info" icon="info">
          <strong>The history is being built anew from the audit log:</strong>{' '}
          {Math.floor(status.rebuilding * 100)} %. Pops go on meanwhile; older ones are missing here until
          then.
        </Banner>
      )}
      {status?.troubles.map((trouble) => (
        <Banner
          key={nameOfTrouble(trouble)}
          tone={trouble.part === 'destination' ? 'bad' : 'warn'}
          icon="warning"
        >
          <strong>In trouble: {nameOfTrouble(trouble)}</strong> since <Time value={trouble.since} />.{' '}
          {sentence(trouble.why)}
          {trouble.waiting !== null &&
            trouble.waiting > 0 &&
            ` ${formatCount(trouble.waiting)} waiting for it.`}{' '}
          {WHAT_OF_POPS[trouble.part] ?? 'Pops go on.'}
        </Banner>
      ))}
      {status?.secretFaults.map((fault) => (
        <Banner key={fault} tone="warn" icon="lock">
          {fault} <a href={hrefOf('settings')}>Open settings</a>
        </Banner>
      ))}
      {status && !status.isConfigured && (
        <Banner tone="warn" icon="warning">
          <strong>Not configured: {missingIn(status).join(', ')}.</strong> Pops that need{' '}
          {missingIn(status).length === 1 ? 'it fail until it is' : 'them fail until they are'}.{' '}
          <a href={hrefOf('settings')}>Open settings</a>
        </Banner>
      )}
      {status?.pausedUntil != null && (
        <Banner tone="warn" icon="pause">
          <strong>Pops are paused</strong>{' '}
          {status.pausedUntil === 'until-resumed'
            ? 'until you resume them.'
            : `until ${formatClock(status.pausedUntil)}.`}{' '}
          Callers are told.{' '}
          <button type="button" class="link" onClick={() => setPause(store, null)}>
            Resume now
          </button>
        </Banner>
      )}
      {status?.isSimulated && (
        <Banner tone="info" icon="info">
          <strong>Simulator.</strong> Pops go to a stand-in for Genesys Cloud on this computer; no agent sees
          them. <a href={hrefOf('settings')}>Set a destination</a>
        </Banner>
      )}
      {status?.secretsWarning && (
        <Banner tone="warn" icon="lock">
          {status.secretsWarning}
        </Banner>
      )}
    </section>
  );
}
