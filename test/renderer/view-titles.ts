/** Every view by the name in its address, with the heading that it bears. */
export const viewTitles = [
  ['start', 'Your first pop'],
  ['pops', 'Recent pops'],
  ['latency', 'Latency'],
  ['focus', 'Focus success'],
  ['audit', 'Audit history'],
  ['test', 'Test pop'],
  ['settings', 'Settings'],
] as const;
