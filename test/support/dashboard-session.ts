/** A session of the dashboard at /ui/, as a browser opens and uses it. */
import { expect } from 'vitest';
import type { ApiRequest, ApiResponse, ApiResult, Operation } from '../../shared/api.ts';
import type { TestApp } from './test-app.ts';

export interface DashboardSession {
  readonly cookie: string;
  /** The bare answer; `headers` win over the session's own. */
  ask(name: Operation, request: object, headers?: Record<string, string>): Promise<Response>;
  /** What the operation returned; rejects with its code when it did not. */
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResponse<Name>>;
  get(path: string): Promise<Response>;
}

/** Opens a one-time link. */
export async function openSession(app: Pick<TestApp, 'url' | 'newLink'>): Promise<DashboardSession> {
  const opened = await fetch(app.url + app.newLink(), { redirect: 'manual' });
  expect([opened.status, opened.headers.get('location')]).toEqual([303, '/ui/']);
  const setCookie = opened.headers.get('set-cookie') ?? '';
  expect(setCookie).toMatch(/; Path=\/ui\/; HttpOnly; SameSite=Strict$/);
  const cookie = setCookie.split(';')[0] ?? '';

  const ask: DashboardSession['ask'] = (name, request, headers = {}) =>
    fetch(`${app.url}/ui/api/${name}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(request),
    });
  return {
    cookie,
    ask,
    async call(name, request) {
      const result = (await (await ask(name, request)).json()) as ApiResult<typeof name>;
      if (!result.ok) throw new Error(result.code);
      return result.value;
    },
    get: (path) => fetch(app.url + path, { headers: { cookie } }),
  };
}
