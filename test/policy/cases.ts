/** Framing verdicts that were measured in Chromium. */
import { readFileSync } from 'node:fs';
import type { Framing } from '../../main/policy/framing.ts';

export interface FramingCase extends Framing {
  readonly id: string;
  readonly expected: 'allowed' | 'blocked';
}

function read(name: string): FramingCase[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return (JSON.parse(text) as { cases: FramingCase[] }).cases;
}

export const framingCases = [...read('framing-cases.json'), ...read('measured-cases.json')];
