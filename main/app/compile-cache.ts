/** Node's compile cache, which makes the poptray command start in half the time. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { xdgFolder } from '../platform/xdg.ts';

// Not in the temporary folder, Node's default: there another user of the machine could have put code for us.
enableCompileCache(join(xdgFolder(process.env.XDG_CACHE_HOME, join(homedir(), '.cache')), 'poptray'));
