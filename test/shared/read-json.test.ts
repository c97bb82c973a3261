import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRefused, numberAsWritten, readJson, readJsonText } from '../../shared/read-json.ts';
import { NotUtf8 } from '../../shared/utf8.ts';

interface Written {
  readonly text: string;
  readonly value: unknown;
  readonly isDuplicate: boolean;
}

/** How a character of a name or a value may be written. */
const anyString = fc
  .array(
    fc.tuple(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('a', '\\', '"', ':', 'Ü')),
      fc.boolean(),
    ),
    { maxLength: 4 },
  )
  .map((parts): Written => {
    const allEscaped = (text: string) =>
      [...Array(text.length).keys()]
        .map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`)
        .join('');
    const written = parts.map(([text, isEscaped]) =>
      isEscaped ? allEscaped(text) : JSON.stringify(text).slice(1, -1),
    );
    return { text: `"${written.join('')}"`, value: parts.map(([text]) => text).join(''), isDuplicate: false };
  });

/** JSON text with its blanks and escapes, what it says, and whether an object in it names a member twice. */
const anyJson = fc.letrec<{ value: Written }>((tie) => {
  const blank = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
  const name = anyString.filter(({ value }) => value !== '__proto__' && value !== 'constructor');
  const object = fc.array(fc.tuple(name, blank, tie('value')), { maxLength: 4 }).map((members): Written => {
    const names = members.map(([{ value }]) => value as string);
    return {
      text: `{${members.map(([key, space, { text }]) => `${space}${key.text}${space}:${space}${text}${space}`).join(',')}}`,
      value: Object.fromEntries(members.map(([key, , { value }]) => [key.value, value])),
      isDuplicate: new Set(names).size < names.length || members.some(([, , { isDuplicate }]) => isDuplicate),
    };
  });
  const list = fc.array(tie('value'), { maxLength: 3 }).map(
    (values): Written => ({
      text: `[${values.map(({ text }) => text).join(' , ')}]`,
      value: values.map(({ value }) => value),
      isDuplicate: values.some(({ isDuplicate }) => isDuplicate),
    }),
  );
  const plain = fc
    .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(null, true, false))
    .map(
      (value): Written => ({
        text: JSON.stringify(value),
        value: JSON.parse(JSON.stringify(value)),
        isDuplicate: false,
      }),
    );
  return { value: fc.oneof({ maxDepth: 4 }, plain, anyString, object, list) as fc.Arbitrary<Written> };
}).value;

/** What a text is refused for, and where. */
function refusalOf(text: string): [reason: string, sentence: string] | undefined {
  try {
    readJsonText(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonRefused) return [error.reason, error.sentence];
    throw error;
  }
}

describe('JSON is read to the letter', () => {
  test('whatever it says and however it is written, in whatever order texts come', () => {
    fc.assert(
      fc.property(anyJson, ({ text, value, isDuplicate }) => {
        if (isDuplicate) expect(refusalOf(text)?.[0]).toBe('twice');
        else expect(readJsonText(text)).toEqual(value);
      }),
      { numRuns: 5000 },
    );
  });

  test('also where JSON.parse takes one name for another: after a member named \\', () => {
    const texts: [string, string[]][] = [
      ['{"h":[],"\\\\":0}', ['h', '\\']],
      ['{"h":1,"\\"":2}', ['h', '"']],
      ['{"h":1,"\\u00dcber":2}', ['h', 'Über']],
      ['{"h":1,"\\u0041nlage":2}', ['h', 'Anlage']],
    ];
    for (const [text, names] of [...texts, ...texts])
      expect(Object.keys(readJsonText(text) as object)).toEqual(names);
  });

  test.each([
    '1700000.10',
    '12345678901234567890',
    '0.10',
    '-0',
    '1e400',
    '1E+2',
    '10',
    '-3.5',
    '1700000.12',
  ])('the number %s can be had as it is written', (source) => {
    const object = readJsonText(`{"list":[{"a": ${source} ,"b":1}]}`) as { list: [{ a: number }] };
    const [holder] = object.list;
    expect(holder.a).toBe(Number(source));
    expect(numberAsWritten(holder, 'a') ?? String(holder.a)).toBe(source);
    expect(numberAsWritten(holder, 'b')).toBeUndefined();
    expect(numberAsWritten({ ...holder }, 'a')).toBeUndefined();
  });

  test('any number is, to the digit', () => {
    const anyNumber = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,25})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(anyNumber, (source) => {
        const holder = readJsonText(`{"a":${source}}`) as { a: number };
        expect(numberAsWritten(holder, 'a') ?? String(holder.a)).toBe(source);
      }),
    );
  });
});

describe('L29 JSON that can be read in two ways is refused, and says where', () => {
  test.each([
    ['{"userId":"a","userId":"b"}', '/userId'],
    ['{"userId":"a","userId":"a"}', '/userId'],
    ['{"userId":"a","user\\u0049d":"b"}', '/userId'],
    ['{"customerData":{"x":"1","y":"2","x":"3"}}', '/customerData/x'],
    ['{"state":{"list":[{"x":1},{"x":1,"x":2}]}}', '/state/list/1/x'],
    ['{"state":{"":1,"":2}}', '/state/'],
    ['{"state":{"\\"":1,"\\u0022":2}}', '/state/"'],
    ['{"a/b~c":1,"a/b~c":2}', '/a~1b~0c'],
  ])('a member twice: %s', (text, pointer) => {
    expect(refusalOf(text)).toEqual(['twice', `${pointer} is there twice`]);
  });

  test.each([
    ['{"userId":"b","state":{"userId":"c"}}'],
    ['{"list":[{"x":1},{"x":1}]}'],
    ['{"a:b":"c:d","\\\\":":","e\\":":"\\\\\\":"}'],
    ['{"toString":1,"hasOwnProperty":2,"constructor":"x"}'],
  ])('but not %s', (text) => {
    expect(refusalOf(text)).toBeUndefined();
  });

  test.each([
    ['{"__proto__":{"polluted":1}}', '/__proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', '/a/0/__proto__'],
    ['{"constructor":{"prototype":{"polluted":1}}}', '/constructor'],
    ['{"state":{"constructor":{"prototype":1}}}', '/state/constructor'],
  ])('a prototype touched: %s', (text, pointer) => {
    expect(refusalOf(text)).toEqual(['touches-prototype', expect.stringContaining(`${pointer} has a name`)]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(['[', '{"a":'])('more than 32 levels of %s', (open) => {
    const close = open === '[' ? ']' : '}';
    const nested = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect(refusalOf(`[${nested(31)}]`)).toBeUndefined();
    for (const levels of [32, 10_000]) expect(refusalOf(`[${nested(levels)}]`)?.[0]).toBe('too-deep');
  });
});

describe('the bytes', () => {
  test('may begin with one byte order mark', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(readJson(bytes('\ufeff{"a":"\ufeffb"}'))).toEqual({ a: '\ufeffb' });
    expect(() => readJson(bytes('\ufeff\ufeff{}'))).toThrow(SyntaxError);
  });

  test('that are no UTF-8 are refused, wherever they stand, and never replaced', () => {
    const wrong = fc.constantFrom(
      [0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xe4],
      [0x80],
      [0xf5, 0x80, 0x80, 0x80],
    );
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((part) => part.isWellFormed());
    fc.assert(
      fc.property(text, wrong, text, (before, bytes, after) => {
        const [head = '', tail = ''] = [before, after].map((part) => JSON.stringify(part).slice(1, -1));
        const json = Buffer.concat([
          Buffer.from(`{"a":"${head}`),
          Buffer.from(bytes),
          Buffer.from(` ${tail}"}`),
        ]);
        expect(() => readJson(json)).toThrow(NotUtf8);
      }),
    );
  });

  test('of UTF-16 are told from others', () => {
    const utf16 = Buffer.from('\ufeff{}', 'utf16le');
    expect(() => readJson(utf16)).toThrow('is not UTF-8 but UTF-16');
    expect(() => readJson(utf16.swap16())).toThrow('is not UTF-8 but UTF-16');
    expect(() => readJson(Buffer.from([0x22, 0xe4, 0x22]))).toThrow(/^is not UTF-8$/);
  });
});
