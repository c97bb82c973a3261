const whole = new Intl.NumberFormat();

/** `one` or `many`, after the number. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
