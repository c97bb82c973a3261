/** Inline icons of 16 px: shapes that can be told apart without their colour. */
const paths = {
  delivered: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5 8.2l2.1 2.1L11 6.2',
  failed: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM5.8 5.8l4.4 4.4m0-4.4-4.4 4.4',
  suppressed:
    'M2 5.5A3.5 3.5 0 0 1 5.5 2h5A3.5 3.5 0 0 1 14 5.5v5a3.5 3.5 0 0 1-3.5 3.5h-5A3.5 3.5 0 0 1 2 10.5ZM5 8h6',
  expired: 'M4 1.5h8M4 14.5h8M5 1.5c0 4 6 4.5 6 6.5s-6 2.5-6 6.5M11 1.5c0 4-6 4.5-6 6.5s6 2.5 6 6.5',
  unknown: 'M8 1.3 14.7 8 8 14.7 1.3 8ZM6.6 6.600c.2-1.7 2.9-1.6 2.8 0C9.4 7.7 8 7.6 8 8.800M8 10.900v.1',
  refused: 'M8 1.5 13.5 3.5v4c0 3.5-2.3 5.7-5.5 7-3.2-1.3-5.5-3.5-5.5-7v-4ZM5.5 8h5',
  underWay:
    'M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.400l1.4 1.400M11.2 11.200l1.4 1.400M3.4 12.600l1.4-1.400M11.2 4.800l1.4-1.4',
  focused: 'M1.5 3h13v10h-13ZM1.5 5.800h13M4.5 9.300l2 1.7 4-3.2',
  unfocused: 'M1.5 3h13v10h-13ZM1.5 5.800h13M6 8l4 3m0-3-4 3',
  note: 'M3.5 1.5h6l3 3v10h-9ZM5.5 7.5h5M5.5 10.5h5',
  webhook: 'M2 4h12v8H2ZM2 4.5l6 4.5 6-4.5',
  pops: 'M2 3.5h12v7H2ZM5.5 13.5h5M8 10.5v3',
  latency: 'M1.5 14.5h13M3 11.5l3.5-4 3 2.5L14 3.5',
  focus: 'M1.5 5V1.5H5M11 1.5h3.5V5M14.5 11v3.5H11M5 14.5H1.5V11M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  audit: 'M3 1.5h10v13H3ZM5.5 5h5M5.5 8h5M5.5 11h3',
  test: 'M2 2l12 6-12 6 2.5-6ZM4.5 8H9',
  settings:
    'M1.5 4.5h6M11.5 4.5h3M9.5 2.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM1.5 11.5h3M8.5 11.5h6M6.5 9.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
  start: 'M3 14.5v-13M3 2.5h9.5l-2 3 2 3H3',
  pause: 'M5 2.5v11M11 2.5v11',
  play: 'M4 2.5 13 8l-9 5.5Z',
  warning: 'M8 1.8 15 14H1ZM8 6v4M8 12v.1',
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 7.5v4M8 4.800v.1',
  close: 'M3.5 3.5l9 9m0-9-9 9',
  copy: 'M5.5 5.5h8v8h-8ZM3.5 10.5h-1v-8h8v1',
  download: 'M8 1.5v9M4.5 7 8 10.5 11.5 7M2 14.5h12',
  search: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2ZM10.7 10.7 14.5 14.5',
  lock: 'M3.5 7h9v7h-9ZM5.5 7V4.5a2.5 2.5 0 0 1 5 0V7',
  up: 'M8 13.5v-11M3.5 7 8 2.5 12.5 7',
  plus: 'M8 2.5v11M2.5 8h11',
  signOut: 'M6.5 14.5h-4v-13h4M10.5 4.5 14 8l-3.5 3.5M14 8H6',
  again: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3',
} as const;

export type IconName = keyof typeof paths;

/** Decorative: a word stands beside it, or its button has a label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
