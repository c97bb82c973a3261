import { test } from 'vitest';
import { killAtRandom } from '../support/kill-at-random.ts';

test('F17 kill -9 at random moments under load, 200 times', { timeout: 1_800_000 }, () => killAtRandom(200));
