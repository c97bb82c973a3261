// Loaded before each program of this checkout (node --require): says what is missing, in words that a Node from 12 on can read.
'use strict';

const fault = faultOf(process.argv[1]);
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  // EXIT.config
  process.exit(78);
}

function faultOf(program) {
  if (Number.parseInt(process.versions.node, 10) < 24)
    return `poptray needs Node 24 or newer; this is ${process.version}. npm brings the right one, unless --ignore-scripts keeps it from that: run "npm rebuild node --ignore-scripts=false".`;
  try {
    if (program !== undefined) require.resolve(program);
    return undefined;
  } catch {
    return `${program} is not there, because npm was kept from building it by --ignore-scripts: run "npm run build".`;
  }
}
