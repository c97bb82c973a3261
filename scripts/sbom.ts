/** Writes the bill of materials of what is shipped, in CycloneDX: `npm run sbom [-- FILE]`, by default to dist/poptray.cdx.json. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DEVELOPMENT = 'cdx:npm:package:development';
/** A development dependency to npm, because electron-builder brings it. */
const RUNTIME = 'electron';

interface Bill {
  metadata: { component: { name: string } };
  components: {
    'bom-ref': string;
    name: string;
    scope?: string;
    properties?: { name: string; value: string }[];
  }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

// Set by npm for its scripts; on Windows, npm itself is no program that can be run without a shell.
const npm = process.env.npm_execpath;
if (npm === undefined) throw new Error('run it as "npm run sbom"');
const flags = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const text = execFileSync(process.execPath, [npm, ...flags], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
const bill = JSON.parse(text.toString('utf8')) as Bill;

// npm takes the folder's.
bill.metadata.component.name = 'poptray';
bill.components = bill.components.filter(
  ({ name, properties = [] }) =>
    name === RUNTIME ||
    !properties.some((property) => property.name === DEVELOPMENT && property.value === 'true'),
);
for (const component of bill.components) if (component.name === RUNTIME) component.scope = 'required';
const refs = new Set([...bill.components.map((component) => component['bom-ref']), 'poptray@0.1.0']);
bill.dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
const file = process.argv[2] ?? join(ROOT, 'dist/poptray.cdx.json');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
