/** Name servers that fail, asked by the real resolver of the real program: each failure says its own cause in reply and doctor. */
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { poptray, startHeadless } from '../cli/run.ts';
import { deliveringTo } from '../support/environment.ts';
import { hasPrograms, needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

/** A mount namespace alone: the test still reaches the endpoint, and whoever may mount a disk has it. */
beforeEach(
  needs('root on Linux, unshare and mount', process.getuid?.() === 0 && hasPrograms('unshare', 'mount')),
);

/** Of a DNS reply (RFC 1035 §4.1.1). */
const CODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** Answers every question with this code; resolves with its address, which has the port of DNS to itself. */
async function startNameServer(code: keyof typeof CODES): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const answer = Buffer.from(question);
    answer[2] = 0x81;
    answer[3] = 0x80 | CODES[code];
    // The question is repeated; what comes after it is not.
    answer.writeUInt16BE(0, 10);
    socket.send(answer.subarray(0, endOfQuestion(question)), port, address);
  });
  const address = `127.53.${Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(53, address, resolve);
  });
  onTestFinished(() => void socket.close());
  return address;
}

function endOfQuestion(message: Buffer): number {
  let at = 12;
  while (message[at] !== 0) at += 1 + (message[at] ?? 0);
  return at + 5;
}

/** Runs a program with these files in the place of the system's. */
function withResolver(nameServer: string): string[] {
  const folder = tempDir();
  const [resolv, nsswitch] = [join(folder, 'resolv.conf'), join(folder, 'nsswitch.conf')];
  writeFileSync(resolv, `nameserver ${nameServer}\noptions timeout:1 attempts:1\n`, { mode: 0o644 });
  writeFileSync(nsswitch, 'hosts: files dns\n', { mode: 0o644 });
  const mount = `mount --bind ${resolv} /etc/resolv.conf && mount --bind ${nsswitch} /etc/nsswitch.conf && exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mount, 'sh'];
}

test.each([
  [
    'SERVFAIL',
    /^No DNS server has told the address of api\.pops\.test\./,
    'See that this machine is on the network',
  ],
  [
    'REFUSED',
    /^No DNS server has told the address of api\.pops\.test\./,
    'See that this machine is on the network',
  ],
  [
    'NXDOMAIN',
    /^The name api\.pops\.test does not exist for the DNS servers/,
    'Check how it is spelled in the settings',
  ],
] as const)('O05 a name server that says %s', async (code, says, wayOut) => {
  const under = withResolver(await startNameServer(code));
  const env = {
    POPTRAY_TOKEN: TOKEN,
    ...deliveringTo('https://api.pops.test'),
  };
  const headless = await startHeadless({ env, under });
  const pop = await headless.poptray('trigger', '--user', USER, '--json');
  expect(JSON.parse(pop.stdout || pop.stderr)).toMatchObject({
    code: 'upstream_unavailable',
    detail: expect.stringMatching(says),
    hint: expect.stringContaining(wayOut),
  });
  const running = await headless.poptray('doctor');
  const alone = await poptray(['doctor'], { dataDir: tempDir(), env, under });
  for (const { code, stdout } of [running, alone]) {
    expect(code).toBe(1);
    const line = /^FAULT {2}destination genesys: (.+)$/m.exec(stdout)?.[1] ?? '';
    expect(line.replace(/^Genesys Cloud at \S+: /, '')).toMatch(says);
    expect(line).toContain(wayOut);
  }
});
