/** May this page be shown? Its origin must be one of the application's, exactly; https, without userinfo; and framed. */
import type { Application } from '../../shared/application.ts';
import { isSafeUrl } from '../../shared/urls.ts';
import type { ExtensionPop, MatrixCheck } from '../policy/extension-matrix.ts';
import { PopError } from './errors.ts';
import type { FramingRefusal } from './ports.ts';

function refuse(rule: string, detail: string): never {
  throw new PopError('target_not_allowed', `${rule}: ${detail}`);
}

/** The application by id, the first one if none is asked for. */
export function applicationOf(
  applications: readonly Application[],
  id: string | undefined,
): Application | undefined {
  return id === undefined ? applications[0] : applications.find((application) => application.id === id);
}

/** The same; throws PopError `target_not_allowed` where there is none. */
export function findApplication(applications: readonly Application[], id: string | undefined): Application {
  const found = applicationOf(applications, id);
  return found ?? refuse('application-unknown', 'no application with the id asked for is configured');
}

/** Throws PopError `target_not_allowed`, naming the rule. */
export function checkTarget({ id, allowedOrigins }: Application, page: string): void {
  const url = URL.parse(page);
  if (!url) refuse('target-url', `the page of ${id} is not an absolute URL`);
  if (!isSafeUrl(url)) {
    if (url.username !== '' || url.password !== '')
      refuse('target-userinfo', `the page of ${id} has a user name or password in it`);
    refuse('target-scheme', `the page of ${id} is not https`);
  }
  // Comparing parsed origins, not text: case, default ports and IDNA come out equal, look-alikes do not.
  if (!allowedOrigins.some((allowed) => URL.parse(allowed)?.origin === url.origin)) {
    refuse('target-origin', `${url.origin} is not among the allowed origins of ${id}`);
  }
}

/** What a refusal comes to, naming the rule. */
export function notFrameable({ rule, detail }: FramingRefusal): PopError {
  return new PopError('target_not_frameable', `${rule}: ${detail}`);
}

/** Throws PopError `extension_incompatible`, naming the rule, if the matrix of the application says so. */
export function checkExtension(matrix: MatrixCheck | undefined, pop: ExtensionPop): void {
  const broken = matrix?.(pop);
  if (broken) throw new PopError('extension_incompatible', `${broken.rule}: ${broken.detail}`);
}
