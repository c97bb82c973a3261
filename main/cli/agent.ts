/** `poptray agent`: who works at this machine, for triggers that name nobody. */
import { Command, InvalidArgumentError } from 'commander';
import type { ApiRequest, ApiResponse } from '../../shared/api.ts';
import { agentSchema } from '../../shared/settings.ts';
import type { Host } from '../app/bootstrap.ts';
import { openSettings } from '../config/settings.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint, findPort, findToken, NotRunning } from './local-endpoint.ts';
import { DATA_DIR, findHost, parsePort } from './options.ts';
import { isHome } from './put-on-record.ts';
import { explainRefusal } from './refusal.ts';
import { CommandFailure, print } from './terminal.ts';

type Wanted = ApiRequest<'agentSet'>;
type Agent = Exclude<ApiResponse<'agentSet'>, { refused: string }>['agent'];

interface Options {
  name?: string;
  country?: string;
  json?: boolean;
  dataDir?: string;
  port?: number;
}

const PORT = ['--port <n>', 'where poptray listens', parsePort] as const;
const { userId, name, country } = agentSchema.shape;

export function agentCommand(): Command {
  const agent = new Command('agent').description('who works at this machine, for triggers that name nobody');
  agent
    .command('show', { isDefault: true })
    .description('say who that is, and where it stands')
    .option('--json', 'as JSON')
    .option(...DATA_DIR)
    .action(show);
  agent
    .command('set')
    .argument(
      '<user-id>',
      "the agent's id at the destination, such as a Genesys Cloud user id",
      parsed(userId),
    )
    .description('say who works here from now on')
    .option('--name <name>', 'what people call the agent', parsed(name))
    .option(
      '--country <code>',
      "where numbers without a country's code are dialled (ISO 3166-1, such as DE)",
      parsed(country),
    )
    .option(...PORT)
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nIt counts at once where poptray runs, else from its next start on. POPTRAY_AGENT wins over it.\n\nExample, in a logon script of a desk that many share:\n  poptray agent set 3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b --name "Ada Lovelace"',
    )
    .action((id: string, options: Options) => change({ ...wishesIn(options), userId: id }, options));
  agent
    .command('clear')
    .description('nobody works here from now on: triggers have to name their agent')
    .option(...PORT)
    .option(...DATA_DIR)
    .action((options: Options) => change({ userId: null }, options));
  return agent;
}

/** By a member of the settings. */
function parsed({ safeParse }: typeof userId | typeof name | typeof country) {
  return (text: string): string => {
    const { error, data = '' } = safeParse(text);
    if (error) throw new InvalidArgumentError(`It ${error.issues[0]?.message}.`);
    return data;
  };
}

function wishesIn({ name, country }: Options): Omit<Wanted, 'userId'> {
  return { ...(name !== undefined && { name }), ...(country !== undefined && { country }) };
}

function show({ dataDir, json }: Options): void {
  const { current, fromEnvironment } = openSettings(findHost(dataDir).dataDir, process.env);
  const { userId = null, name = null, country = null } = current.agent;
  const isNamed = fromEnvironment.includes('agent.userId');
  const from = userId === null ? null : isNamed ? 'environment' : 'settings';
  if (json) {
    print(JSON.stringify({ userId, name, country, from }));
    return;
  }
  print(sayAgent({ userId, name, from }));
  print(
    country === null
      ? 'no country: numbers without its code stay as they are'
      : `numbers are dialled in ${country}`,
  );
}

function sayAgent({ userId, name, from }: Agent): string {
  if (userId === null) return 'nobody: triggers have to name their agent';
  const who = name === null ? userId : `${name} (${userId})`;
  return `${who}, by ${from === 'environment' ? 'POPTRAY_AGENT' : 'the settings'}`;
}

async function change(wanted: Wanted, options: Options): Promise<void> {
  const host = findHost(options.dataDir);
  const agent = await setInRunning(host, wanted, options);
  if (agent) return print(sayAgent(agent));
  setInFile(host, wanted);
  print('Kept in the settings: it counts from the next start of poptray on.');
}

/** Undefined where none runs. */
async function setInRunning(
  host: Host,
  wanted: Wanted,
  { port: named }: Options,
): Promise<Agent | undefined> {
  // Before its first start there is no token either.
  if (!isHome(host)) return undefined;
  try {
    const call = { method: 'POST', path: '/agent', body: JSON.stringify(wanted) } as const;
    const { status, body } = await callEndpoint(findPort(host, named), await findToken(host), call);
    if (status !== 200) throw new CommandFailure(EXIT.failed, explainRefusal(body, status));
    return (JSON.parse(body) as { agent: Agent }).agent;
  } catch (error) {
    if (error instanceof NotRunning) return undefined;
    throw error;
  }
}

function setInFile({ dataDir, env }: Host, { userId, ...wanted }: Wanted): void {
  const file = openSettings(dataDir, env);
  if (file.fault !== null) throw new CommandFailure(EXIT.config, `Mend the settings first: ${file.fault}.`);
  const { updateFeed: _, ...settings } = file.current;
  const { country } = settings.agent;
  const agent = { ...(country !== undefined && { country }), ...wanted, ...(userId !== null && { userId }) };
  const checked = file.check({ ...settings, agent });
  if ('errors' in checked)
    throw new CommandFailure(EXIT.config, `The settings will not do: ${checked.errors[0]?.detail}.`);
  checked.save();
}
