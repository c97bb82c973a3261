import { expect, test } from 'vitest';
import { errorTable } from '../../main/pipeline/errors.ts';
import { codes, textsOf } from '../../renderer/codes.ts';

test('the dashboard has the texts of every error code, word for word', () => {
  const expected = Object.fromEntries(
    Object.entries(errorTable).map(([code, { title, hint }]) => [code, { title, hint }]),
  );
  expect(codes).toEqual(expected);
});

test('a code of another kind stands for itself', () => {
  expect(textsOf('http_503')).toEqual({ title: 'http_503', hint: '' });
});
