/** Prints what electronegativity says of a folder, as JSON in the last line: `node scan.cjs FOLDER ELECTRON-VERSION`. */
const { Socket } = require('node:net');

// It asks for newer translations of itself, and waits; a check of this project reaches no network.
Socket.prototype.connect = function refuse() {
  process.nextTick(() => this.destroy(new Error('offline')));
  return this;
};

const run = require('@doyensec/electronegativity');
const [input, electronVersionOverride] = process.argv.slice(2);

run({
  input,
  electronVersionOverride,
  isRelative: true,
  // It compares with the list of Electron's releases on GitHub.
  excludeFromScan: ['AvailableSecurityFixesGlobalCheck'],
}).then(({ issues, errors }) => {
  const findings = issues.map(({ id, severity, file, location }) => ({
    id,
    severity: severity.name,
    at: `${file}:${location.line}`,
  }));
  process.stdout.write(`${JSON.stringify({ findings, errors })}\n`);
});
