import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TokenFailure } from '../../main/destinations/oauth/token-source.ts';
import { HttpFailure } from '../../main/network/http.ts';
import { createLogger, kindOfError, type LoggerOptions } from '../../main/observability/logger.ts';
import { tempDir } from '../support/temp-dir.ts';

function openLogger(options: Partial<LoggerOptions> = {}) {
  const dir = options.dir ?? tempDir();
  const logger = createLogger({ dir, level: 'info', console: false, ...options });
  const path = (name: string) => join(dir, 'logs', name);
  return { dir, logger, path, lines: () => readFileSync(path('poptray.log'), 'utf8').trimEnd().split('\n') };
}

/** What is written to stderr from now on. */
function watchStderr(): string[] {
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  onTestFinished(() => spy.mockRestore());
  return written;
}

describe('the log', () => {
  test('has one line for an event, with its time, level and fields', () => {
    const { logger, lines } = openLogger();
    logger.info('started', {
      port: 8080,
      destination: 'simulator',
      secure: true,
      missing: undefined,
      none: null,
    });
    logger.warn('a "quoted"\nname', { text: 'two\nlines "quoted" \u001b[31m' });
    const [first, ...others] = lines();
    expect(first).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[info\] +started port=8080 destination="simulator" secure=true none=null$/,
    );
    expect(others.at(-1)).toMatch(/text="two\\nlines \\"quoted\\" \\u001b\[31m"$/);
  });

  test.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('at level %s holds %s', (level, expected) => {
    const { logger, lines } = openLogger({ level });
    for (const each of ['error', 'warn', 'info', 'debug'] as const) logger[each](`event ${each}`);
    expect(lines().map((line) => /\[(\w+)\]/.exec(line)?.[1])).toEqual(expected);
  });

  test('M03 moves on at one MiB, keeps one old file, and both are for their owner alone', () => {
    const { logger, path } = openLogger();
    const text = 'x'.repeat(10_000);
    for (let line = 0; line < 250; line += 1) logger.info('event', { line, text });
    expect(readdirSync(path('.')).sort()).toEqual(['poptray.log', 'poptray.old.log']);
    for (const name of ['poptray.log', 'poptray.old.log']) {
      expect(statSync(path(name)).mode & 0o777, name).toBe(0o600);
      expect(statSync(path(name)).size, name).toBeLessThan(1024 * 1024 + 10_200);
    }
    expect(readFileSync(path('poptray.log'), 'utf8')).toContain('line=249');
  });

  test('goes on in the file of the run before', () => {
    const { dir, logger } = openLogger();
    logger.info('first run');
    const again = openLogger({ dir });
    again.logger.info('second run');
    expect(again.lines().map((line) => line.split(/\] +/)[1])).toEqual(['first run', 'second run']);
  });

  test.each<[string, (path: string) => void]>([
    ['a file stands where its folder should be', (path) => writeFileSync(path, '')],
    ['a folder stands in its place', (path) => mkdirSync(join(path, 'poptray.log'), { recursive: true })],
  ])('stops nobody when %s; the terminal hears of it in one line', (_, plant) => {
    const written = watchStderr();
    const dir = tempDir();
    plant(join(dir, 'logs'));
    const { logger } = openLogger({ dir, console: true });
    expect(() => logger.info('event')).not.toThrow();
    expect(written).toEqual([expect.stringMatching(/^\[warn\] .*Can't write to .*poptray\.log.*\n$/)]);
  });
});

describe('the terminal', () => {
  test('gets warnings and errors', () => {
    const written = watchStderr();
    const { logger } = openLogger({ console: true, level: 'debug' });
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each](`event ${each}`, { n: 1 });
    expect(written).toEqual(['[warn]  event warn n=1\n', '[error] event error n=1\n']);
  });

  test('gets nothing when it is switched off', () => {
    const written = watchStderr();
    const { logger, path } = openLogger({ console: false });
    logger.error('event');
    expect(written).toEqual([]);
    expect(existsSync(path('poptray.log'))).toBe(true);
  });
});

test('of an error and what it came from, only names and codes are told', () => {
  const error = Object.assign(new TypeError('mark-message'), { code: 'ECONNRESET', cause: 'mark-cause' });
  expect(kindOfError(error)).toBe('TypeError ECONNRESET');
  expect(kindOfError(new HttpFailure('timeout', error))).toBe('HttpFailure, from TypeError ECONNRESET');
  const failure = new TokenFailure('upstream_failed', true, { cause: error });
  expect(kindOfError(failure)).toBe('TokenFailure upstream_failed, from TypeError ECONNRESET');
  for (const thrown of [undefined, null, 'mark-text', {}]) expect(kindOfError(thrown)).toBe('unknown');
});
