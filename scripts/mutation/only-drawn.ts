/** A checker for StrykerJS that lets through only the changes that were drawn. */
import { relative } from 'node:path';
import { type Checker, type CheckResult, CheckStatus } from '@stryker-mutator/api/check';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { draw } from './sample.ts';

const { SAMPLE_COUNT = '0', SAMPLE_SEED = '' } = process.env;

const onlyDrawn: Checker = {
  async init() {},

  // By default a checker sees one change at a time; who draws must see them all.
  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  },

  async check(mutants) {
    const named = mutants.map((mutant) => ({ ...mutant, fileName: relative('.', mutant.fileName) }));
    const drawn = new Set(draw(named, Number(SAMPLE_COUNT), SAMPLE_SEED).map(({ id }) => id));
    return Object.fromEntries(mutants.map(({ id }) => [id, drawn.has(id) ? TRY : LEAVE] as const));
  },
};

const TRY: CheckResult = { status: CheckStatus.Passed };
/** The one way that a checker has to leave a change out. */
const LEAVE: CheckResult = { status: CheckStatus.CompileError, reason: 'not drawn' };

export const strykerPlugins = [declareValuePlugin(PluginKind.Checker, 'only-drawn', onlyDrawn)];
