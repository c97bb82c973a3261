/** The audit log and all that is read from it: read models, metrics, and its way to other machines. */
import { eventOf } from '../../shared/log-events.ts';
import type { Trouble, Why } from '../../shared/trouble.ts';
import type { AuditAccess } from '../api/ports.ts';
import { type OpenAuditLog, openAuditLog } from '../audit/open-audit-log.ts';
import { createRemoval, createRetention } from '../audit/retention/schedule.ts';
import { createEntrySubscribers, type EntrySubscriber } from '../audit/subscribers.ts';
import { openStanding, putVerdict } from '../audit/verify/standing.ts';
import { verifyInSteps } from '../audit/verify/verify-in-steps.ts';
import type { Proxies } from '../network/proxies.ts';
import { faultTeller } from '../observability/fault-teller.ts';
import { codeOfError, type Logger } from '../observability/logger.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import type { Troubles } from '../observability/troubles.ts';
import type { Pause } from '../pipeline/pause.ts';
import type { Clock, History } from '../pipeline/ports.ts';
import type { ClockCheck } from '../platform/clock-check.ts';
import { watchFreeSpace } from '../platform/free-space.ts';
import type { BoundSecrets } from '../secrets/bound-secrets.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { shipLog } from '../shipping/service.ts';
import type { Shipping } from '../shipping/shipping.ts';
import { startCatchUp } from '../store/catch-up.ts';
import { closeInterrupted } from '../store/close-interrupted.ts';
import { logToRead } from '../store/log-source.ts';
import { openStore } from '../store/store.ts';
import { unreadyFor } from './readiness.ts';
import type { RuntimeConfig } from './runtime-config.ts';

export interface AuditServices extends AuditAccess {
  readonly inconsistency: OpenAuditLog['inconsistency'];
  readonly checkpoint: OpenAuditLog['checkpoint'];
  readonly takeCheckpoint: OpenAuditLog['takeCheckpoint'];
  readonly digestKey: OpenAuditLog['digestKey'];
  readonly history: History;
  readonly metrics: Metrics;
  /** From now on `subscriber` gets every entry, once it is written, after those who asked before. */
  addSubscriber(subscriber: EntrySubscriber): void;
  /** From now on `listener` hears when that changes, and when a receiver begins or ceases to take the log. */
  onNews(listener: () => void): void;
  /** Whether the log could be opened: its keys may be out of reach. */
  isOpen(): boolean;
  /** Opens the log if it is shut, once `prepare` is through; whether it is open now. */
  unlock(prepare: () => Promise<void>): Promise<boolean>;
  /** Has all of the log on disk, signed, before it returns. */
  syncNow(): void;
  /** Makes everything durable. */
  close(): Promise<void>;
}

export interface AuditServicesDeps {
  readonly dataDir: string;
  readonly runtimeConfig: RuntimeConfig;
  readonly pause: Pick<Pause, 'until'>;
  readonly secrets: Secrets;
  readonly boundSecrets: BoundSecrets;
  readonly clock: Clock;
  /** Whether its wall clock is right. */
  readonly clockCheck: ClockCheck;
  /** Whether pops press. */
  readonly isBusy: () => boolean;
  /** On the way to receivers of the log. */
  readonly proxies: Proxies;
  readonly logger: Logger;
  readonly troubles: Troubles;
  /** Hears that a trigger came while the log was shut. */
  readonly onWanted: () => void;
}

/** Opens all of them, and begins to bring the read models up to the log. Throws LogLocked and AuditKeyMissing. */
export async function openAuditServices(deps: AuditServicesDeps): Promise<AuditServices> {
  const {
    dataDir,
    runtimeConfig,
    pause,
    secrets,
    boundSecrets,
    clock,
    clockCheck,
    isBusy,
    proxies,
    logger,
    troubles,
    onWanted,
  } = deps;
  const onFault = faultTeller(logger, clock);
  const subscribers = createEntrySubscribers(onFault('a reader of the log failed'));
  let fault: string | null = null;
  let onNews = () => {};
  const auditLog = await openAuditLog({
    dataDir,
    secrets,
    clock,
    onEntry: subscribers.tell,
    report: troubles.report,
    onLogFault(found) {
      fault = found?.message ?? null;
      if (found) onFault('audit log cannot be written')(found);
      else logger.warn('audit log can be written again');
      onNews();
    },
    onInconsistent(detail) {
      logger.error('the audit log is not what was signed, so nothing more of it is signed', { detail });
    },
    onFault,
    onWanted,
  });
  const { dir, audit } = auditLog;

  const standing = openStanding(dataDir, () => onNews());
  let told = 0;
  subscribers.add((entry) => {
    told += 1;
    const event = eventOf(entry);
    if (event?.kind === 'recovered') logger.error('audit log mended', { detail: event.mended });
    // The command has written down what it found.
    if (event?.kind === 'changed' && event.change.subject === 'verification') standing.look();
  });
  // Before anything is read of it: what a crash or a power cut has left behind its end is no part of it.
  const openLog = () => {
    try {
      audit.open();
    } catch {
      // Told, and tried again with each entry.
    }
  };
  openLog();
  const begun = told;

  const log = logToRead(dir, clock);
  const store = openStore(dataDir, log, clock, onFault('store write failed'));

  troubles.onNews(() => onNews());
  const logFault = () => {
    audit.look();
    return fault;
  };
  const unready = () => unreadyFor({ runtimeConfig, pause, isLogOpen: auditLog.isOpen, logFault });
  const space = watchFreeSpace(dataDir, {
    clock,
    onChange(isLow, freeMiB) {
      logger.warn(isLow ? 'the disk of the data folder is almost full' : 'there is space again', { freeMiB });
      onNews();
    },
  });
  const checks = () => {
    const { tampered, checked } = standing.now();
    return { tampered, checked };
  };
  const newMetrics = (entriesToShip: Shipping['states']) =>
    createMetrics({
      checks,
      webhooksWaiting: () => store.outbox.pendingCount(),
      entriesToShip,
      destinations: () =>
        runtimeConfig.current.outlets.map(({ outlet, isLocked }) => ({
          id: outlet.id,
          isConfigured: isLocked || 'destination' in outlet,
        })),
      unready,
      webhooks: () => [...runtimeConfig.current.webhooks.keys()],
      troubles: troubles.list,
      freeBytes: space.bytes,
    });
  const shipping = shipLog({
    dataDir,
    auditDir: dir,
    lastSeq: log.lastSeq,
    receivers: runtimeConfig.select(({ settings }) => settings.shipping),
    clock,
    secrets: boundSecrets,
    proxies,
    newFigures: newMetrics,
    troubles,
    tell(event, fields) {
      logger.warn(event, fields);
      onNews();
    },
  });
  const metrics = newMetrics(shipping.states);
  subscribers.add(store.apply, metrics.observe, shipping.offer);

  function waitingFor({ part, name }: Trouble): number | null {
    if (part === 'webhook') return store.outbox.waitingCount(name);
    return shipping.states().find(({ shipper }) => part === 'receiver' && shipper === name)?.entries ?? null;
  }

  const reportRetention = (why: Why | null) => troubles.report('retention', '', why);
  const removal = createRemoval({
    auditLog,
    clock,
    clockCheck,
    firstNeeded: shipping.firstUnshipped,
    report: reportRetention,
  });
  const removeOld = async (keepMs: number) => {
    if (catchUp.share() === null) await removal(keepMs);
  };
  const retention = createRetention(removeOld, clock, (error) => {
    const code = codeOfError(error);
    reportRetention({ code, why: `old entries of the audit log could not be removed (${code})` });
  });
  runtimeConfig
    .select(({ settings }) => settings.auditKeepDays)
    .subscribe((days) => {
      if (days === 0) reportRetention(null);
      retention.keep(days);
    });

  const catchUp = await startCatchUp({
    store,
    closeInterrupted: async () => {
      if (auditLog.isOpen()) await closeInterrupted(store, audit, log.lastSeq);
    },
    clock,
    isBusy,
    onFault,
    onProgress(share) {
      logger.warn('the history is being built anew from the log', { done: `${Math.round(share * 100)} %` });
      onNews();
    },
    onWhole(read, wasBehind) {
      // What this start has itself begun the log with is nothing that was missed.
      if (read > begun) logger.info('read models caught up', { entries: read });
      if (!wasBehind) return;
      logger.warn('the history is whole again');
      onNews();
    },
  });

  return {
    auditDir: dir,
    async check(onProgress, pace) {
      const { verdict } = await verifyInSteps(dir, auditLog.evidence, onProgress, pace);
      const { tampered } = standing.now();
      try {
        putVerdict(standing, verdict, clock.now());
      } catch (error) {
        onFault('what a check of the audit log has found could not be kept')(error);
      }
      const { tampered: found } = standing.now();
      if (found && !tampered) logger.error('the audit log was tampered with', found);
      return verdict;
    },
    standing: checks,
    inconsistency: auditLog.inconsistency,
    checkpoint: auditLog.checkpoint,
    takeCheckpoint: auditLog.takeCheckpoint,
    digestKey: auditLog.digestKey,
    audit,
    store,
    history: {
      findByKey: store.findByKey,
      entriesOf: store.entriesOf,
      callsOf: store.callsOf,
      get loading() {
        return catchUp.loading;
      },
    },
    catchUp,
    metrics,
    unready,
    troubles: () => troubles.list().map((trouble) => ({ ...trouble, waiting: waitingFor(trouble) })),
    fault: logFault,
    spaceWarning: space.warning,
    addSubscriber: subscribers.add,
    shipping: shipping.states,
    onNews(listener) {
      onNews = listener;
    },
    isOpen: auditLog.isOpen,
    async unlock(prepare) {
      if (!(await auditLog.unlock(prepare))) return false;
      openLog();
      await catchUp.closeInterrupted();
      return true;
    },
    syncNow: audit.syncNow,
    async close() {
      space.stop();
      await Promise.all([shipping.stop(), retention.stop(), catchUp.stop()]);
      await audit.close();
      store.close();
    },
  };
}
