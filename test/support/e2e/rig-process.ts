/** `node rig-process.ts DIR`: a rig for the suites, with a way for them to add clusters. Prints what it does. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchParents } from '../../rig/parents.ts';
import { startRig } from '../../rig/rig.ts';
import { accessOf, serveAccess } from './rig-access.ts';

const [directory = ''] = process.argv.slice(2);
const rig = await startRig({ directory, progress: (line) => process.stdout.write(`${line}\n`) });
const control = await serveAccess(accessOf(rig));

let isEnding = false;

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await control.close();
  await rig.stop();
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
watchParents(() => void end());
// The last thing that is written: whoever waits for it finds the rig ready.
await writeFile(join(directory, 'control.json'), JSON.stringify({ url: control.url }));
