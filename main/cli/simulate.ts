/** `poptray simulate`: the Genesys Cloud stand-in as a program of its own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { secretText } from '../../shared/secret-text.ts';
import { type OpenDesktop, openDesktop } from '../agent-desktop/open-desktop.ts';
import { createSystemClock } from '../platform/clock.ts';
import { shellQuoted } from '../platform/shell-quoted.ts';
import { readStaticFiles } from '../platform/static-files.ts';
import { watchStopRequests } from '../platform/stop-requests.ts';
import { type FaultInput, faultKinds, faultSchema } from '../simulator/fault-script.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { EXIT } from './exit-codes.ts';
import { DASHBOARD_FOLDER } from './options.ts';

const HELP = `
Faults:
${Object.entries(faultKinds)
  .map(([kind, text]) => `  ${kind.padEnd(14)}${text}`)
  .join('\n')}

Secrets come from GENESYS_CLIENT_SECRET and SIGNING_SECRET, the client id also from
GENESYS_CLIENT_ID; what is not set is made up and printed, for poptray to be given the same.

The agent desktop shows each pop as it comes, and its page says whether the window had the
focus. In a terminal its link is printed, which opens it once; --desktop prints it wherever
the output goes.

Exit codes: 0 stopped by SIGINT, SIGTERM or SIGHUP; 64 wrong call; 69 the port cannot be used.

Example:
  $ poptray simulate --port 8181 --fault rate-limited:2 --fault server-error
  $ curl -X POST http://127.0.0.1:8181/simulator/faults \\
      -H 'content-type: application/json' -d '{"kind":"slow","delayMs":5000}'
`;

interface SimulateOptions {
  readonly port: number;
  readonly clientId?: string;
  readonly fault: readonly FaultInput[];
  readonly desktop?: boolean;
}

/** The command; its action ends when a signal has stopped the simulator. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run the Genesys Cloud simulator alone, on 127.0.0.1')
    .option('--port <n>', 'the port to listen on; 0 is any free one', parsePort, 8181)
    .option('--client-id <id>', 'the OAuth client that may ask for tokens')
    .option('--fault <kind[:n]>', 'make the next n pops fail (repeatable)', addFault, [])
    .option('--desktop', 'print a link to the agent desktop, wherever the output goes')
    .addHelpText('after', HELP)
    .action(simulate);
}

async function simulate({
  port,
  clientId,
  fault,
  desktop: isLinkWanted = process.stdout.isTTY,
}: SimulateOptions): Promise<void> {
  const given = Object.fromEntries(
    Object.entries(process.env).map(([name, value = '']) => [name, secretText(value)]),
  );
  const made = {
    GENESYS_CLIENT_ID: clientId || given.GENESYS_CLIENT_ID || randomUUID(),
    GENESYS_CLIENT_SECRET: given.GENESYS_CLIENT_SECRET || randomBytes(32).toString('base64url'),
    SIGNING_SECRET: given.SIGNING_SECRET || randomBytes(32).toString('base64url'),
  };
  const stopping = new AbortController();
  const files = readStaticFiles(DASHBOARD_FOLDER);
  const desktop = openDesktop({
    clock: createSystemClock(),
    files: () => files,
    lookAtFraming: async (...look) =>
      (await import('../compatibility/page-probe.ts')).probeFrames(...look, stopping.signal),
  });
  const simulator = createSimulator({
    screen: desktop,
    clientId: made.GENESYS_CLIENT_ID,
    clientSecret: made.GENESYS_CLIENT_SECRET,
    signingSecret: made.SIGNING_SECRET,
  });
  for (const each of fault) simulator.addFault(each);

  const unwatch = watchStopRequests(process.env, () => stopping.abort());
  try {
    const { baseUrl } = await simulator.start(port);
    desktop.listensAt(baseUrl);
    // What the environment gave is not printed: it may be more than a throwaway secret.
    const exports = Object.entries({ GENESYS_BASE_URL: baseUrl, ...made }).filter(
      ([name, value]) => given[name] !== value,
    );
    process.stdout.write(
      `# The simulator listens on ${baseUrl}; GET ${baseUrl}/simulator describes it. Ctrl-C stops it.\n` +
        '# For poptray to use it, set in its environment what this one does not have yet:\n' +
        exports.map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`).join('') +
        sayDesktop(desktop, isLinkWanted),
    );
    if (!stopping.signal.aborted) {
      await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
    }
    await simulator.stop();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const reason = code === 'EADDRINUSE' ? 'is taken by another program' : 'may not be used by this account';
    process.stderr.write(`poptray simulate: port ${port} ${reason}; choose another with --port\n`);
    process.exitCode = EXIT.unavailable;
  } finally {
    unwatch();
  }
}

/** As comments, so that a shell can still read all of it. */
function sayDesktop({ newLink, samplePage }: OpenDesktop, isLinkWanted: boolean): string {
  const [link, page] = [isLinkWanted ? newLink() : null, samplePage()];
  return [
    ...(page === null ? [] : [`# A page for its pops, for POPTRAY_TARGET_URI: ${page}`]),
    ...(link === null ? [] : [`# The agent desktop opens once with this link: ${link}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be 0 to 65535.');
  return port;
}

function addFault(text: string, before: FaultInput[]): FaultInput[] {
  const [, kind, times = '1'] = /^([a-z-]+)(?::(\d+))?$/.exec(text) ?? [];
  const result = faultSchema.safeParse({ kind, times: Number(times) });
  if (!result.success) {
    throw new InvalidArgumentError(
      `It must be one of ${Object.keys(faultKinds).join(', ')}, then :n if wanted.`,
    );
  }
  return [...before, result.data];
}
