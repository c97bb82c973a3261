/** The figures that an alarm hangs on: which poptray this is, whether it could deliver, and who does not take what it sends. */
import { Gauge, type Registry } from 'prom-client';
import type * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import type { auditStandingSchema } from '../../shared/api-schemas.ts';
import type { Unready } from '../../shared/readiness.ts';
import type { SideFunction, Trouble } from '../../shared/trouble.ts';

export interface HealthGauges {
  /** Where pops can go, and whether nothing is missing for that. */
  readonly destinations: () => readonly { readonly id: string; readonly isConfigured: boolean }[];
  /** What keeps pops from being delivered. */
  readonly unready: () => readonly Unready[];
  /** All that are configured. */
  readonly webhooks: () => readonly string[];
  /** What is in trouble. */
  readonly troubles: () => readonly Trouble[];
  /** What the checks of the audit log have found. */
  readonly checks: () => z.output<typeof auditStandingSchema>;
  readonly entriesToShip: () => readonly { shipper: string; entries: number }[];
}

export function addHealthGauges(
  registry: Registry,
  { destinations, unready, webhooks, troubles, checks, entriesToShip }: HealthGauges,
): void {
  const registers = [registry];
  const { version, platform } = process;
  new Gauge({
    name: 'poptray_build_info',
    help: 'Always 1; which poptray this is, and on what it runs.',
    labelNames: ['version', 'node', 'platform'],
    registers,
  }).set({ version: packageJson.version, node: version, platform }, 1);
  const state = (name: string, help: string, isSo: (codes: readonly Unready[]) => boolean) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(Number(isSo(unready())));
      },
    });
  state('poptray_ready', '1 while a pop could be delivered.', (codes) => codes.length === 0);
  state(
    'poptray_audit_open',
    '1 while the audit log can be written.',
    (codes) => !codes.includes('audit_unavailable'),
  );
  state('poptray_keychain_locked', '1 while secrets cannot be read.', (codes) =>
    codes.includes('secrets_locked'),
  );
  new Gauge({
    name: 'poptray_destination_configured',
    help: '0 while the destination lacks settings or secrets.',
    labelNames: ['destination'],
    registers,
    collect() {
      this.reset();
      for (const { id, isConfigured } of destinations()) this.set({ destination: id }, Number(isConfigured));
    },
  });
  new Gauge({
    name: 'poptray_audit_tampered',
    help: '1 from when a check found the audit log tampered with until that is closed.',
    registers,
    collect() {
      this.set(Number(checks().tampered !== null));
    },
  });
  new Gauge({
    name: 'poptray_audit_verdict',
    help: '1 for the verdict of the latest check of the audit log.',
    labelNames: ['verdict'],
    registers,
    collect() {
      this.reset();
      const { checked } = checks();
      if (checked) this.set({ verdict: checked.verdict }, 1);
    },
  });
  new Gauge({
    name: 'poptray_audit_checked_timestamp_seconds',
    help: 'When the audit log was checked last; 0: never.',
    registers,
    collect() {
      this.set(Date.parse(checks().checked?.at ?? new Date(0).toISOString()) / 1000);
    },
  });
  new Gauge({
    name: 'poptray_webhook_refusing',
    help: '1 while a webhook is in trouble.',
    labelNames: ['webhook'],
    registers,
    collect() {
      this.reset();
      for (const webhook of webhooks()) this.set({ webhook }, isInTrouble('webhook', webhook));
    },
  });
  new Gauge({
    name: 'poptray_receiver_behind',
    help: '1 while a receiver of the audit log does not take it.',
    labelNames: ['shipper'],
    registers,
    collect() {
      this.reset();
      for (const { shipper } of entriesToShip()) this.set({ shipper }, isInTrouble('receiver', shipper));
    },
  });
  new Gauge({
    name: 'poptray_trouble_since_timestamp_seconds',
    help: 'Since when a destination or a function beside the pop is in trouble, which one, and why.',
    labelNames: ['part', 'name', 'code'],
    registers,
    collect() {
      this.reset();
      for (const { part, name, code, since } of troubles())
        this.set({ part, name, code }, Date.parse(since) / 1000);
    },
  });

  function isInTrouble(part: SideFunction, name: string): number {
    return Number(troubles().some((trouble) => trouble.part === part && trouble.name === name));
  }
}
