/** The process that runWithKeyring starts: opens the keychain, takes the steps, prints what came of it. */
import { openKeychain } from '../../main/secrets/keychain.ts';
import { createSecrets, type SecretName } from '../../main/secrets/secrets.ts';

const { dataDir, limitMs, exitCode, steps } = JSON.parse(process.argv[2] ?? '');
const { env } = process;
const keychain = await openKeychain({ env, dataDir, limitMs, mayMove: true });
const secrets = createSecrets({ env, keychain, dataDir });
const atFirst = secrets.warning ?? null;

function take(method: string, name: SecretName, value = ''): Promise<unknown> {
  if (method === 'set') return secrets.set(name, value);
  if (method === 'takeOverEarlier') return secrets.takeOverEarlier();
  if (method === 'delete') return secrets.delete(name);
  if (method === 'source') return secrets.source(name);
  if (method === 'getOrCreate') return secrets.getOrCreate(name, () => value);
  return secrets.get(name);
}

const results = [];
for (const [method, name, value] of steps) {
  results.push(
    await take(method, name, value).then(
      (given) => ({ value: given }),
      ({ name: error, message }: Error) => ({ error: { name: error, message } }),
    ),
  );
}
const { unavailable } = keychain;
process.stdout.write(JSON.stringify({ unavailable, atFirst, warning: secrets.warning ?? null, results }));
process.exit(exitCode);
