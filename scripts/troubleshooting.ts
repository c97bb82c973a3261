/** Writes docs/troubleshooting.md from the table of causes: `node scripts/troubleshooting.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CauseCommands, CauseRow } from '../shared/cause-table/cause-row.ts';
import { causeSections } from '../shared/cause-table/cause-table.ts';

const INTRO = `# Troubleshooting

When no pop comes, ask poptray first; it names the cause in the words of this page, and so do the dashboard, the answer that a phone gets, and the program log (\`logs/poptray.log\` in the data folder).

| | in a checkout | installed |
| --- | --- | --- |
| how the running poptray stands | \`npm run -s poptray -- status\` | \`poptray status\` |
| all that a pop needs, looked at one by one | \`npm run -s poptray -- doctor\` | \`poptray doctor\` |

PowerShell swallows the first \`--\`: write it as \`'--'\` there. While poptray runs, doctor has it look itself, with the environment that it was started with. A command below counts for the shell that it is typed into: start poptray from there, or set the variable where poptray gets its environment. WORDS IN CAPITALS stand for what poptray fills in.

This page is made from \`shared/cause-table/\` by \`node scripts/troubleshooting.ts\`; a test holds the two together.
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
  const parts = Object.entries(causeSections).flatMap(([section, rows]) => [
    `## ${section}\n`,
    ...Object.entries<CauseRow>(rows).map(
      ([code, { says, wayOut, commands = {} }]) =>
        `### \`${code}\`\n\n${inCapitals(says)}\n\n${inCapitals(wayOut)}\n${commandsOf(commands)}`,
    ),
  ]);
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
