/** Has the process go on when whoever read its output is gone: else each line would be a fault to write another line about. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listeners('error').includes(ignore)) continue;
    stream.on('error', ignore);
  }
}

function ignore(): void {}
