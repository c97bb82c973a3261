/** Options that several commands share, and what is wrong with their values. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { dataDirOf, type Host, hostIn, openHost } from '../app/bootstrap.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './terminal.ts';

/** Where `npm run build` puts the dashboard and the agent desktop. */
export const DASHBOARD_FOLDER = join(import.meta.dirname, '../../dist/renderer');

export const DATA_DIR = ['--data-dir <dir>', "poptray's data folder"] as const;

/** A TCP port; 0 stands for any free one. Throws InvalidArgumentError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

/** A whole number from 1. Throws InvalidArgumentError. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1.');
  return Number(text);
}

/** The host for a command that looks at what is there: a folder that was named must exist. */
export function findHost(dataDir?: string): Host {
  return openHost(process.env, findFolder(dataDir));
}

/** The same over a folder that need not be fit. */
export function findAnyHost(dataDir?: string): Host {
  return hostIn(process.env, findFolder(dataDir));
}

function findFolder(dataDir?: string): string {
  const dir = dataDirOf(process.env, dataDir);
  const isNamed = dataDir !== undefined || Boolean(process.env.POPTRAY_DATA_DIR);
  if (isNamed && !existsSync(dir)) {
    throw new CommandFailure(
      EXIT.config,
      `There is no folder ${dir}: check --data-dir or POPTRAY_DATA_DIR; "npm start" with it makes it.`,
    );
  }
  return dir;
}
