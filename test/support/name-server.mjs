/** For a program of a test (`node --import`): the names of NAMES, as JSON, have the addresses that it says. */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const names = JSON.parse(process.env.NAMES ?? '{}');
const { lookup } = dns;

dns.lookup = (hostname, options, callback) => {
  const address = names[hostname];
  const [given, done] = typeof options === 'function' ? [{}, options] : [options, callback];
  if (address === undefined) return lookup(hostname, options, callback);
  const family = address.includes(':') ? 6 : 4;
  if (given.all) return process.nextTick(done, null, [{ address, family }]);
  return process.nextTick(done, null, address, family);
};
syncBuiltinESMExports();
