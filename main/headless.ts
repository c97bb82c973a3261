/** poptray without a shell: the same app on plain Node. */
import './app/compile-cache.ts';

const { default: packageJson } = await import('../package.json', { with: { type: 'json' } });
const { Command } = await import('commander');
const { EXIT } = await import('./cli/exit-codes.ts');
const { parsePort } = await import('./cli/options.ts');
const { explain } = await import('./cli/terminal.ts');

const program = new Command('headless')
  .description('Serves the trigger endpoint without a window, until SIGINT, SIGTERM or SIGHUP.')
  .version(`poptray ${packageJson.version}`, '--version', 'print the version')
  .option('--port <n>', 'where to listen; 0 takes any free port', parsePort)
  .option('--data-dir <dir>', 'where settings, log and secrets are kept')
  .option(
    '--open',
    'open the simulator’s agent desktop in the browser, on the first run: as "npm start" does',
  )
  .option('--no-open', 'do not, whatever else is said')
  .addHelpText(
    'after',
    `\nExit codes: ${EXIT.ok} stopped; ${EXIT.usage} wrong call; ${EXIT.unavailable} port or folder taken; ${EXIT.config} wrong settings.`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))
  .parse();

try {
  const { serve } = await import('./cli/serve.ts');
  await serve(program.opts());
} catch (error) {
  process.exit(explain(error));
}
