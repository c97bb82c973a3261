/** Where Genesys Cloud is. */

export interface GenesysHosts {
  readonly apiBase: string;
  readonly tokenEndpoint: string;
}

/** The hosts of a region, or of one base URL that has both API and login. */
export function genesysHosts(at: {
  region?: string | undefined;
  baseUrl?: string | undefined;
}): GenesysHosts {
  if (at.baseUrl !== undefined) {
    const base = at.baseUrl.replace(/\/+$/, '');
    return { apiBase: base, tokenEndpoint: `${base}/oauth/token` };
  }
  return { apiBase: `https://api.${at.region}`, tokenEndpoint: `https://login.${at.region}/oauth/token` };
}

/** The agent desktop of the region, which shows the pages; where no region can be told, that of the first one. */
export function genesysDesktop(at: { region?: string | undefined; baseUrl?: string | undefined }): string {
  const region = at.region ?? /^api\.(.+)$/.exec(URL.parse(at.baseUrl ?? '')?.hostname ?? '')?.[1];
  return `https://apps.${region ?? 'mypurecloud.com'}`;
}
