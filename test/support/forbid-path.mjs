/** For a program of a test (`node --import`): a folder whose path ends with FORBIDDEN cannot be read. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { readdirSync } = fs;

fs.readdirSync = (path, ...rest) => {
  if (!String(path).endsWith(process.env.FORBIDDEN ?? '\0')) return readdirSync(path, ...rest);
  throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
};
syncBuiltinESMExports();
