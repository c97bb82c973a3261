/** Where in the dashboard its views are. */
export const VIEWS = {
  pops: '#/pops',
  pop: (popId: string) => `#/pops/${encodeURIComponent(popId)}`,
  test: '#/test',
  settings: '#/settings',
} as const;
