/** A session of the dashboard at /ui/, as a browser opens and uses it. */
import { expect } from 'vitest';
import type { ApiRequest, ApiResponse, ApiResult, Operation } from '../../shared/api.ts';
import { type OpenedLink, openLink } from './open-link.ts';
import type { TestApp } from './test-app.ts';

export interface DashboardSession extends OpenedLink {
  /** The bare answer; `headers` win over the session's own. */
  ask(name: Operation, request: object, headers?: Record<string, string>): Promise<Response>;
  /** What the operation returned; rejects with its code when it did not. */
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResponse<Name>>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

/** Opens a one-time link. */
export async function openSession(app: Pick<TestApp, 'url' | 'newLink'>): Promise<DashboardSession> {
  const opened = await openLink(app.url + app.newLink());
  expect(opened.status).toBe(200);
  expect(opened.setCookie).toMatch(/^poptray_\d+=\S+; Path=\/ui\/; HttpOnly; SameSite=Strict$/);

  const ask: DashboardSession['ask'] = (name, request, headers = {}) =>
    fetch(`${app.url}/ui/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...opened.headers, ...headers },
      body: JSON.stringify(request),
    });
  return {
    ...opened,
    ask,
    async call(name, request) {
      const result = (await (await ask(name, request)).json()) as ApiResult<typeof name>;
      if (!result.ok) throw new Error(result.code);
      return result.value;
    },
    get: (path, headers = {}) => fetch(app.url + path, { headers: { ...opened.headers, ...headers } }),
  };
}
