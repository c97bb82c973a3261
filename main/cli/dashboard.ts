/** `poptray dashboard` and `poptray desktop`: one-time links into a running poptray. */
import { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, print } from './terminal.ts';

interface Options {
  dataDir?: string;
  port?: number;
}

export function dashboardCommand(): Command {
  return linkCommand('dashboard', 'the dashboard').action(async (options: Options) => {
    const { port, reply } = await ask(options, '/ui/links');
    print(`http://127.0.0.1:${port}${(reply as { path: string }).path}`);
  });
}

export function desktopCommand(): Command {
  return linkCommand('desktop', 'the agent desktop of the built-in simulator')
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.ok} printed; ${EXIT.failed} no destination is the simulator; ${EXIT.unavailable} poptray does not run.`,
    )
    .action(async (options: Options) => {
      const { url } = (await ask(options, '/ui/desktop-links')).reply as { url: string | null };
      if (url === null)
        throw new CommandFailure(
          EXIT.failed,
          'none of the destinations is the simulator, which alone has an agent desktop of its own',
        );
      print(url);
    });
}

function linkCommand(name: string, subject: string): Command {
  return new Command(name)
    .description(`print a link that opens ${subject}, once, within ten minutes`)
    .option('--port <n>', 'where poptray listens', parsePort)
    .option(...DATA_DIR);
}

async function ask(options: Options, path: string): Promise<{ port: number; reply: unknown }> {
  const host = findHost(options.dataDir);
  const port = findPort(host, options.port);
  const reply = await callEndpoint(port, await findToken(host), { method: 'POST', path, body: '{}' });
  if (reply.status !== 200) throw new CommandFailure(EXIT.failed, explainRefusal(reply.body, reply.status));
  return { port, reply: JSON.parse(reply.body) };
}
