/** A real rsyslog of Debian's, with a folder, a port and a configuration of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Certificate } from './certificates.ts';
import { hasPrograms, needs } from './needs.ts';
import { tempDir } from './temp-dir.ts';

export const needsRsyslog = needs(
  'rsyslog with its TLS driver: apt-get install rsyslog rsyslog-gnutls',
  hasPrograms('rsyslogd') && existsSync('/usr/share/doc/rsyslog-gnutls'),
);

/** What rsyslog makes of a message: its own names. */
export interface SyslogRecord {
  readonly msg: string;
  readonly hostname: string;
  readonly 'app-name': string;
  readonly procid: string;
  readonly msgid: string;
  readonly syslogfacility: string;
  readonly syslogseverity: string;
  readonly timereported: string;
  /** As its own parser of structured data reads it. */
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Rsyslog {
  readonly port: number;
  /** All that it has written to its file so far. */
  records(): SyslogRecord[];
  /** The audit entries in them. */
  entries(): AuditEntry[];
  /** Waits until it has that many. */
  got(count: number): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and with the same file. */
  start(): Promise<void>;
}

export interface RsyslogOptions {
  /** For TLS. */
  readonly certificate?: Certificate;
  /** Whether only those get in whose certificate it has given out. */
  readonly asksForCertificate?: boolean;
  readonly authority?: Certificate;
}

/** Resolves when it listens; it is ended with the test. */
export async function startRsyslog(options: RsyslogOptions = {}): Promise<Rsyslog> {
  const dir = tempDir();
  const [file, portFile] = [join(dir, 'out'), join(dir, 'port')];
  mkdirSync(join(dir, 'work'));
  let child: ChildProcess | undefined;
  let output = '';

  const rsyslog = {
    port: 0,
    records: () =>
      (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').slice(0, -1).map(recordOf),
    entries: () => rsyslog.records().map(({ msg }) => JSON.parse(msg) as AuditEntry),
    got: (count: number) =>
      vi.waitFor(
        () => {
          const { length } = rsyslog.records();
          if (length < count) throw new Error(`only ${length} of ${count} have come. ${output}`);
        },
        { timeout: 30_000, interval: 20 },
      ),
    async stop() {
      const running = child;
      if (running?.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await ended;
    },
    async start() {
      const config = join(dir, 'rsyslog.conf');
      writeFileSync(config, configuration(dir, rsyslog.port, options));
      child = spawn('/usr/sbin/rsyslogd', ['-n', '-f', config, '-i', join(dir, 'pid')], { stdio: 'pipe' });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (text) => {
          output += text;
        });
      }
      await vi.waitFor(
        async () => {
          // The file is written only when the port was for rsyslog to choose.
          if (existsSync(portFile)) rsyslog.port = Number(readFileSync(portFile, 'utf8'));
          if (!(await isOpen(rsyslog.port))) throw new Error(`does not listen. ${output}`);
        },
        { timeout: 30_000, interval: 10 },
      );
    },
  };
  onTestFinished(() => void child?.kill('SIGKILL'));
  await rsyslog.start();
  return rsyslog;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.end();
  });
}

function recordOf(line: string): SyslogRecord {
  const { $, ...record } = JSON.parse(line.replace('"$!":', '"$":'));
  return { ...record, data: $['rfc5424-sd'] };
}

function configuration(dir: string, port: number, options: RsyslogOptions): string {
  const { certificate, authority, asksForCertificate } = options;
  const write = (name: string, text: Buffer | undefined) => {
    writeFileSync(join(dir, name), text ?? '');
    return join(dir, name);
  };
  const tls = certificate
    ? ` defaultNetstreamDriverCAFile="${write('ca.pem', authority?.cert ?? certificate.cert)}"
        defaultNetstreamDriverCertFile="${write('cert.pem', certificate.cert)}"
        defaultNetstreamDriverKeyFile="${write('key.pem', certificate.key)}"`
    : '';
  const authMode = asksForCertificate ? 'x509/certvalid' : 'anon';
  const driver = certificate
    ? ` streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="${authMode}"`
    : '';
  return `
    global(workDirectory="${join(dir, 'work')}" maxMessageSize="64k"
           parser.escapeControlCharactersOnReceive="off"${tls})
    module(load="imtcp"${driver})
    module(load="mmpstrucdata")
    input(type="imtcp" address="127.0.0.1" port="${port}" listenPortFileName="${join(dir, 'port')}")
    template(name="record" type="list") { property(name="jsonmesg") constant(value="\\n") }
    action(type="mmpstrucdata" sd_name.lowercase="off")
    action(type="omfile" file="${join(dir, 'out')}" template="record")
  `;
}
