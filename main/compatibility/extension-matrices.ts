/** The extension matrices of the applications: read from their files and made ready. */
import { resolve } from 'node:path';
import { ZodError } from 'zod';
import { pageOf } from '../../shared/application.ts';
import { type ExtensionMatrix, extensionMatrixSchema } from '../../shared/extension-matrix.ts';
import { pointerTo } from '../../shared/pointer.ts';
import { JsonRefused, readJson } from '../../shared/read-json.ts';
import { destinationsOf, type Settings } from '../../shared/settings.ts';
import { NotUtf8 } from '../../shared/utf8.ts';
import { FileUnfit } from '../platform/read-named-file.ts';
import { FileUntrusted, readTrustedFile } from '../platform/trusted-file.ts';
import type { MatrixCheck } from '../policy/extension-matrix.ts';

export interface OpenMatrices {
  /** By application; one without a matrix takes any extension, and one whose matrix is unfit takes none. */
  readonly matrices: ReadonlyMap<string, MatrixCheck>;
  /** Of applications whose file cannot be read, or is no matrix. */
  readonly unfit: readonly { readonly id: string; readonly index: number; readonly reason: string }[];
}

/** Paths are relative to the data folder. An application without a file whose pops go to the simulator alone has the simulator's. */
export async function openMatrices(
  settings: Pick<Settings, 'applications' | 'destinations'>,
  dataDir: string,
): Promise<OpenMatrices> {
  const matrices = new Map<string, MatrixCheck>();
  const unfit: OpenMatrices['unfit'][number][] = [];
  for (const [index, application] of settings.applications.entries()) {
    const { id, extensionMatrix: file } = application;
    try {
      const matrix =
        file !== undefined
          ? await readMatrix(resolve(dataDir, file))
          : destinationsOf(application, settings).every(({ kind }) => kind === 'simulator') &&
            (await simulatorMatrix());
      if (!matrix) continue;
      const { compileMatrix } = await import('../policy/extension-matrix.ts');
      matrices.set(id, compileMatrix(matrix, pageOf(application)));
    } catch (error) {
      unfit.push({ id, index, reason: reasonOf(error) });
      // A rule that somebody asked for and that cannot be read is not one that lets all pass.
      matrices.set(id, () => ({
        rule: 'matrix-unfit',
        detail: 'the matrix of this application cannot be used; "poptray doctor" says why',
      }));
    }
  }
  return { matrices, unfit };
}

/** For people: what is wrong, what comes of it, and what to do. */
export function sayUnfit({ id, reason }: OpenMatrices['unfit'][number]): string {
  return `the extension matrix of ${id} cannot be used, so pops of that application are refused: ${reason}. Mend the file, then start poptray again or save the settings in the dashboard`;
}

async function simulatorMatrix(): Promise<ExtensionMatrix> {
  const { default: shipped } = await import('../simulator/extension-matrix.json', { with: { type: 'json' } });
  return extensionMatrixSchema.parse(shipped);
}

async function readMatrix(path: string): Promise<ExtensionMatrix> {
  return extensionMatrixSchema.parse(readJson(readTrustedFile(path)));
}

function reasonOf(error: unknown): string {
  if (error instanceof ZodError) {
    return error.issues.map(({ path, message }) => `${pointerTo(path) || '(all)'} ${message}`).join('; ');
  }
  if (error instanceof SyntaxError) return 'the file is not JSON';
  if (error instanceof NotUtf8) return `the file ${error.message}`;
  if (error instanceof JsonRefused) return error.sentence;
  if (error instanceof FileUnfit) return `the file is ${error.fault}`;
  if (error instanceof FileUntrusted) return error.message;
  const { code, message, path } = error as NodeJS.ErrnoException & { path?: unknown };
  if (Array.isArray(path)) return `${pointerTo(path)} ${message}`;
  return code === undefined ? message : `the file cannot be read: ${code}`;
}
