const orphanCheckMs = 500;

/**
 * Aborted by Ctrl-C, by SIGTERM, when the terminal is closed, and when the `npm start` around this process has ended, which
 * passes no signal on to it. The second signal ends the process at once.
 */
export function onInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) abortAsOrphan(controller);
  return controller.signal;
}

function abortAsOrphan(controller: AbortController): void {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid !== parent) controller.abort();
  }, orphanCheckMs);
  check.unref();
}
