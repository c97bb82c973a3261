/** A program's arguments as Chromium's command line keeps them: the switches before all else, and its own beside them. */

/** What `second-instance` gets. A value that stands apart from its switch does not stay behind it. */
export function asChromiumHandsOver([program = '', ...rest]: readonly string[]): string[] {
  const end = rest.indexOf('--');
  const [before, after] = end < 0 ? [rest, []] : [rest.slice(0, end), rest.slice(end)];
  const isSwitch = (argument: string) => /^--?[^-]/.test(argument);
  return [
    program,
    ...before.filter(isSwitch),
    '--original-process-start-time=13400000000000000',
    ...before.filter((argument) => !isSwitch(argument)),
    ...after,
  ];
}
