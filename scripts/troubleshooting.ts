/** Writes docs/troubleshooting.md from the table of causes: `node scripts/troubleshooting.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CauseCommands, causeTable } from '../shared/cause-table.ts';
import type { CauseCode } from '../shared/causes.ts';

/** Each begins with this row of the table. */
const SECTIONS: Partial<Record<CauseCode, string>> = {
  dns_unknown_name: 'The network',
  proxy_unknown_name: 'The proxy',
  certificate_unknown_issuer: 'Certificates and the clock',
  disk_full: 'Files',
  no_session_bus: 'The keychain',
  port_of_other_user: 'Who else is on this machine',
};

const INTRO = `# Troubleshooting

When no pop comes, ask poptray first; it names the cause in the words of this page, and so do the dashboard, the answer that a phone gets, and the program log (\`logs/poptray.log\` in the data folder).

| | in a checkout | installed |
| --- | --- | --- |
| how the running poptray stands | \`npm run -s poptray -- status\` | \`poptray status\` |
| all that a pop needs, looked at one by one | \`npm run -s poptray -- doctor\` | \`poptray doctor\` |

PowerShell swallows the first \`--\`: write it as \`'--'\` there. While poptray runs, doctor has it look itself, with the environment that it was started with. A command below counts for the shell that it is typed into: start poptray from there, or set the variable where poptray gets its environment. WORDS IN CAPITALS stand for what poptray fills in.

This page is made from \`shared/cause-table.ts\` by \`node scripts/troubleshooting.ts\`; a test holds the two together.
`;

const SHELLS: readonly (readonly [keyof CauseCommands, string, string])[] = [
  ['posix', 'Linux and macOS', 'sh'],
  ['linux', 'Linux', 'sh'],
  ['macos', 'macOS', 'sh'],
  ['powershell', 'PowerShell', 'powershell'],
  ['cmd', 'cmd.exe', 'bat'],
];

/** The page as a whole. */
export function troubleshootingPage(): string {
  const parts = Object.entries(causeTable).flatMap(([code, row]) => {
    const section = SECTIONS[code as CauseCode];
    const commands = 'commands' in row ? commandsOf(row.commands) : '';
    const cause = `### \`${code}\`\n\n${inCapitals(row.says)}\n\n${inCapitals(row.wayOut)}\n${commands}`;
    return section === undefined ? [cause] : [`## ${section}\n`, cause];
  });
  return [INTRO, ...parts].join('\n');
}

/** Shells with the same command share it. */
function commandsOf(commands: CauseCommands): string {
  const bySame = new Map<string, { names: string[]; language: string }>();
  for (const [shell, name, language] of SHELLS) {
    const text = commands[shell];
    if (text === undefined) continue;
    const known = bySame.get(text);
    if (known) known.names.push(name);
    else bySame.set(text, { names: [name], language });
  }
  return [...bySame]
    .map(
      ([text, { names, language }]) =>
        `\n${names.join(', ')}:\n\n\`\`\`${language}\n${inCapitals(text)}\n\`\`\`\n`,
    )
    .join('');
}

function inCapitals(text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
}

if (import.meta.main)
  writeFileSync(join(import.meta.dirname, '../docs/troubleshooting.md'), troubleshootingPage());
