/** Makes all tamperings with the keys in the keychain of this session, and prints what the verifier said of each. */
import { openHost } from '../../main/app/bootstrap.ts';
import { tamperAll } from './tamper-all.ts';

const [dataDir = '', root] = process.argv.slice(2);
const host = openHost(process.env, dataDir);
const secrets = await host.secrets();
const rows = await tamperAll({ dataDir, secrets, source: 'keychain', hasRoot: root === 'root' });
const said = JSON.stringify({ rows, source: await secrets.source('audit-key') });
// A keychain's library may keep the process; a pipe takes its time.
process.stdout.write(said, () => process.exit());
