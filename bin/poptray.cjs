#!/usr/bin/env node
// The poptray command as it is installed, in words that a Node from 12 on can read, to say that it is too old.
'use strict';

if (Number.parseInt(process.versions.node, 10) >= 24) {
  import('../dist/main/cli.js');
} else {
  process.stderr.write(`poptray needs Node 24 or newer; this is ${process.version}\n`);
  // EXIT.config
  process.exitCode = 78;
}
