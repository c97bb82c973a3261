/** What a support bundle has of the figures, the audit log and the program log: counts, and no line of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusalsIn } from '../../shared/refused-event.ts';
import type { SupportBundle } from '../../shared/support-bundle.ts';
import { auditDir } from '../audit/format/segments.ts';
import { readEntries } from '../audit/read/entries.ts';

type Part<Name extends keyof SupportBundle> = Exclude<SupportBundle[Name], { missing: string }>;

/** Agents and clients beyond so many are left out. */
const MOST = 50;

/** Labels whose values are poptray's own words. */
const OWN_LABELS = ['status', 'code', 'phase', 'focused', 'verdict', 'le', 'version', 'node', 'platform'];

/** The figures in Prometheus's text; `place` gives the number of what a label names. */
export function figuresIn(
  text: string,
  place: (label: string, id: string) => number | undefined,
): Part<'metrics'> {
  const figures: Record<string, number> = {};
  for (const [, name = '', inner = '', value] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)) {
    const labels = [...inner.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].flatMap(
      ([, label = '', id = '']) => {
        if (OWN_LABELS.includes(label)) return [`${label}=${id}`];
        const number = place(label, id);
        return number === undefined ? [] : [`${label}=${number}`];
      },
    );
    if (!name.startsWith('poptray_') || !Number.isFinite(Number(value))) continue;
    figures[labels.length === 0 ? name : `${name}{${labels.join(',')}}`] = Number(value);
  }
  return figures;
}

/** Throws what the file system throws. */
export function countAudit(dataDir: string): Part<'audit'> {
  const counts = {
    types: new Map<string, number>(),
    outcomes: new Map<string, number>(),
    codes: new Map<string, number>(),
  };
  const agents = new Map<string, { delivered: number; failed: number }>();
  const clients = new Map<string, number>();
  let entries = 0;
  let first: string | null = null;
  let last: string | null = null;
  for (const entry of readEntries(auditDir(dataDir))) {
    const { type, status, code, userId, client, timestamp } = entry;
    entries += 1;
    first ??= timestamp;
    last = timestamp;
    const weight = refusalsIn(entry);
    add(counts.types, type, weight);
    if (status !== null) add(counts.outcomes, status, weight);
    if (code !== null) add(counts.codes, code, weight);
    if (client !== null) add(clients, client, weight);
    if (userId === null || (status !== 'delivered' && status !== 'failed')) continue;
    const agent = agents.get(userId) ?? { delivered: 0, failed: 0 };
    agent[status] += 1;
    agents.set(userId, agent);
  }
  return {
    entries,
    first,
    last,
    types: Object.fromEntries(counts.types),
    outcomes: Object.fromEntries(counts.outcomes),
    codes: Object.fromEntries(counts.codes),
    agents: [...agents.values()].slice(0, MOST).map((agent, index) => ({ agent: index + 1, ...agent })),
    clients: [...clients.values()]
      .slice(0, MOST)
      .map((count, index) => ({ client: index + 1, entries: count })),
  };
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

/** How many lines of each level the program log has. Throws what the file system throws. */
export function countProgramLog(dataDir: string): Part<'programLog'> {
  const found = { error: 0, warn: 0, info: 0, debug: 0 };
  for (const name of ['poptray.old.log', 'poptray.log']) {
    const path = join(dataDir, 'logs', name);
    if (!existsSync(path)) continue;
    for (const [, level] of readFileSync(path, 'utf8').matchAll(/^\S+ \[(error|warn|info|debug)\]/gm))
      found[level as keyof typeof found] += 1;
  }
  return found;
}
