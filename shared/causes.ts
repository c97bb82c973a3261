/** A cause of the table with what it is about: found once, and said in the same words everywhere. */
import * as z from 'zod';
import type { CauseCommands } from './cause-table/cause-row.ts';
import { causeTable } from './cause-table/cause-table.ts';

export type CauseCode = keyof typeof causeTable;

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Row<Code extends CauseCode> = (typeof causeTable)[Code];
/** What a row's texts leave to be filled in. */
type FieldsOf<Code extends CauseCode> = Record<NamesIn<Row<Code>['says'] | Row<Code>['wayOut']>, string>;

const codes = Object.keys(causeTable) as [CauseCode, ...CauseCode[]];

/** For what is kept on disk or sent. */
export const causeSchema = z.object({
  code: z.enum(codes),
  /** Hosts, folders and the like; never a secret or anything of a pop. */
  fields: z.record(z.string(), z.string()),
});

export type Cause = Readonly<z.infer<typeof causeSchema>>;

/** The cause with all that its texts leave to be filled in. */
export function makeCause<Code extends CauseCode>(code: Code, fields: FieldsOf<Code>): Cause {
  return { code, fields };
}

/** For people: what is wrong. */
export function whatIsWrong({ code, fields }: Cause): string {
  return fill(causeTable[code].says, fields);
}

/** For people: what to do about it. */
export function wayOutOf({ code, fields }: Cause): string {
  return fill(causeTable[code].wayOut, fields);
}

/** Both, in one line. */
export function sayCause(cause: Cause): string {
  return `${whatIsWrong(cause)} ${wayOutOf(cause)}`;
}

/** What to run on a system (`process.platform`), a line each; empty where no command helps. */
export function commandsFor({ code, fields }: Cause, platform: string): string[] {
  const row = causeTable[code];
  const commands: CauseCommands | undefined = 'commands' in row ? row.commands : undefined;
  const { posix, linux = posix, macos = posix, powershell } = commands ?? {};
  const text = { linux, darwin: macos, win32: powershell }[platform];
  const quote = platform === 'win32' ? "''" : POSIX_QUOTE;
  return text === undefined ? [] : fill(text, fields, quote).split('\n');
}

/** The cause that an error, or what it was caused by, was found to have. */
export function causeOf(error: unknown): Cause | undefined {
  if (!(error instanceof Error)) return undefined;
  const { because, cause } = error as Error & { because?: Cause };
  return because ?? causeOf(cause);
}

/** A single quote inside of single quotes. */
const POSIX_QUOTE = "'\\''";

function fill(text: string, fields: Readonly<Record<string, string>>, quote = POSIX_QUOTE): string {
  return text
    .replace(/'\{(\w+)\}'/g, (whole, name: string) =>
      fields[name] === undefined ? whole : `'${fields[name].replaceAll("'", quote)}'`,
    )
    .replace(/\{(\w+)\}/g, (whole, name: string) => fields[name] ?? whole);
}
