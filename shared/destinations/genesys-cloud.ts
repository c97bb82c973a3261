/** Genesys Cloud: where it is, and what the settings of its screen-pop call are. */
import * as z from 'zod';
import { callableUrl } from '../urls.ts';
import type { DestinationForm } from './form.ts';
import { genesysRegions } from './genesys-regions.ts';
import { destinationMembers } from './members.ts';

export interface GenesysHosts {
  readonly apiBase: string;
  readonly tokenEndpoint: string;
}

interface GenesysAddress {
  readonly region?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** The hosts of a region, or of one base URL that has both API and login. */
export function genesysHosts({ region, baseUrl }: GenesysAddress): GenesysHosts {
  if (baseUrl !== undefined) {
    const base = baseUrl.replace(/\/+$/, '');
    return { apiBase: base, tokenEndpoint: `${base}/oauth/token` };
  }
  return { apiBase: `https://api.${region}`, tokenEndpoint: `https://login.${region}/oauth/token` };
}

/** The agent desktop of the region, which shows the pages; where no region can be told, that of the first one. */
export function genesysDesktop(at: GenesysAddress): string {
  const region = at.region ?? /^api\.(.+)$/.exec(URL.parse(at.baseUrl ?? '')?.hostname ?? '')?.[1];
  return `https://apps.${region ?? 'mypurecloud.com'}`;
}

const config = z
  .strictObject({
    ...destinationMembers,
    kind: z.literal('genesys-screenpops'),
    region: z
      .string()
      .regex(/^[a-z0-9]+([.-][a-z0-9]+)+$/, 'must be a region domain, such as mypurecloud.com')
      .optional(),
    baseUrl: callableUrl
      .refine((value) => !/[?#]/.test(value), 'must have neither a query nor a fragment')
      .optional()
      .describe('API and login on one host, instead of a region.'),
    clientId: z.string().min(1).optional(),
    scope: z.string().default('screenpops:write').describe('Empty: no scope is sent.'),
  })
  .refine((value) => Boolean(value.region) !== Boolean(value.baseUrl), 'needs either region or baseUrl');

export const genesysScreenpopsForm = {
  kind: 'genesys-screenpops',
  usualId: 'genesys',
  label: 'Genesys Cloud',
  hint: 'Or a service in front of it.',
  config,
  fields: [
    {
      path: 'region',
      label: 'Region',
      control: 'choice',
      initial: 'mypurecloud.com',
      options: [
        ...genesysRegions.map(({ domain, name }) => ({ value: domain, label: `${name} · ${domain}` })),
        { value: '', label: 'Another address…' },
      ],
    },
    { path: 'clientId', label: 'Client id', control: 'text', hint: 'Its secret goes under Secrets.' },
    {
      path: 'baseUrl',
      label: 'Address',
      control: 'url',
      hint: 'For API and login alike; https, or http to this computer.',
      placeholder: 'https://pops.example.com',
      when: { path: 'region', is: [''] },
    },
    {
      path: 'scope',
      label: 'Scope',
      control: 'text',
      hint: 'Empty: none is sent.',
      initial: 'screenpops:write',
      isOptional: true,
      mayBeEmpty: true,
    },
  ],
  addressVariables: 'GENESYS_REGION or GENESYS_BASE_URL',
  secrets: [
    {
      name: 'client-secret',
      variable: 'GENESYS_CLIENT_SECRET',
      url: (at) => genesysHosts(at).tokenEndpoint,
    },
    {
      name: 'signing-secret',
      variable: 'SIGNING_SECRET',
      url: (at) => genesysHosts(at).apiBase,
    },
  ],
  unset: ({ clientId }) => (clientId === undefined ? ['GENESYS_CLIENT_ID'] : []),
  origin: (at) => new URL(genesysHosts(at).apiBase).origin,
  describe: (at) => `Genesys Cloud at ${genesysHosts(at).apiBase}`,
  describeInFull: ({ region, baseUrl, clientId = 'nobody' }) =>
    `Genesys Cloud at ${baseUrl === undefined ? region : new URL(baseUrl).href} as ${clientId}`,
  embedder: genesysDesktop,
} as const satisfies DestinationForm<typeof config>;
