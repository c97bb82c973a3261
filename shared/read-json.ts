/**
 * JSON as it comes in from outside, read to the letter. JSON.parse alone says whether a text is JSON, but not what it
 * says: it takes the last of two members of one name, rounds numbers, and has read names that begin with an escape as
 * other names (github.com/nodejs/node/issues/63785). So a second walk, over a text that is known to be JSON, builds it.
 */
import { pointerTo } from './pointer.ts';
import { textIn } from './utf8.ts';

/** Deeper JSON than this is nobody's. */
const MAX_DEPTH = 32;

/** A member on the way to another: its name, or its place in a list, and which one of its siblings it is, from 1. */
export interface Step {
  readonly name: PropertyKey;
  readonly position: number;
}

/** A text that is JSON, and yet not taken. The message is the rest of a sentence and quotes nothing of the text. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';
  /** `touches-prototype`: a member that would touch an object's prototype. */
  readonly reason: 'too-deep' | 'twice' | 'touches-prototype';
  /** Where the member is. */
  readonly steps: readonly Step[];

  constructor(reason: JsonRefused['reason'], message: string, steps: readonly Step[]) {
    super(message);
    this.reason = reason;
    this.steps = steps;
  }

  /** For whoever wrote the text, whose names it repeats. */
  get sentence(): string {
    return `${pointerTo(this.steps.map(({ name }) => name)) || 'it'} ${this.message}`;
  }
}

/** By object: its numbers that JavaScript would write otherwise. */
const written = new WeakMap<object, Map<string, string>>();

/** How a number under a name of an object stood in the JSON, where JavaScript would write it otherwise. */
export function numberAsWritten(object: object, name: string): string | undefined {
  return written.get(object)?.get(name);
}

/** Throws NotUtf8, SyntaxError for what is no JSON, and JsonRefused. */
export function readJson(bytes: Uint8Array): unknown {
  return readJsonText(textIn(bytes));
}

/** Throws SyntaxError for what is no JSON, and JsonRefused. */
export function readJsonText(text: string): unknown {
  const whole: unknown = JSON.parse(text);
  // Nothing in it that could be read in two ways.
  if (typeof whole !== 'object' || whole === null) return whole;
  return new Walk(text).value();
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
];
const BLANK = 0x20;
const LITERAL = /[\w.+-]+/y;

/** Goes through a text that JSON.parse took, so that each character is where it must be. */
class Walk {
  readonly #text: string;
  readonly #steps: Step[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    const unit = this.#next();
    if (unit === QUOTE) return this.#string();
    if (unit === OPEN_OBJECT) return this.#object();
    if (unit === OPEN_LIST) return this.#list();
    return JSON.parse(this.#literal());
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    this.#open();
    for (let position = 1; this.#next() !== CLOSE_OBJECT; position += 1) {
      if (this.#next() === COMMA) this.#at += 1;
      this.#next();
      const name = this.#string();
      this.#steps.push({ name, position });
      if (name === '__proto__')
        throw this.#refusal('touches-prototype', 'has a name that no member can have');
      if (Object.hasOwn(object, name)) throw this.#refusal('twice', 'is there twice');
      this.#next();
      this.#at += 1;
      object[name] = this.#member(object, name);
      this.#steps.pop();
    }
    this.#at += 1;
    return object;
  }

  #member(object: object, name: string): unknown {
    this.#next();
    const start = this.#at;
    const value = this.value();
    if (typeof value === 'number') {
      const source = this.#text.slice(start, this.#at);
      if (source !== String(value)) {
        const numbers = written.get(object) ?? new Map<string, string>();
        written.set(object, numbers.set(name, source));
      }
    }
    if (
      name === 'constructor' &&
      typeof value === 'object' &&
      value !== null &&
      Object.hasOwn(value, 'prototype')
    )
      throw this.#refusal('touches-prototype', 'has a name that no object can have');
    return value;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#open();
    while (this.#next() !== CLOSE_LIST) {
      if (this.#next() === COMMA) this.#at += 1;
      this.#steps.push({ name: list.length, position: list.length + 1 });
      list.push(this.value());
      this.#steps.pop();
    }
    this.#at += 1;
    return list;
  }

  #open(): void {
    if (this.#steps.length >= MAX_DEPTH)
      throw this.#refusal('too-deep', `is nested deeper than ${MAX_DEPTH}`);
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    let hasEscape = false;
    let at = start + 1;
    for (let unit = this.#text.charCodeAt(at); unit !== QUOTE; unit = this.#text.charCodeAt(at)) {
      if (unit === BACKSLASH) {
        hasEscape = true;
        at += 1;
      }
      at += 1;
    }
    this.#at = at + 1;
    // As a value of its own JSON.parse reads it rightly.
    return hasEscape ? JSON.parse(this.#text.slice(start, at + 1)) : this.#text.slice(start + 1, at);
  }

  #literal(): string {
    LITERAL.lastIndex = this.#at;
    const [literal = ''] = LITERAL.exec(this.#text) ?? [];
    this.#at += literal.length;
    return literal;
  }

  /** The next character that is no blank. */
  #next(): number {
    while (this.#text.charCodeAt(this.#at) <= BLANK) this.#at += 1;
    return this.#text.charCodeAt(this.#at);
  }

  #refusal(reason: JsonRefused['reason'], message: string): JsonRefused {
    return new JsonRefused(reason, message, [...this.#steps]);
  }
}
