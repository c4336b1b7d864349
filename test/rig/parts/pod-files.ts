/**
 * Gives a controller the one file of a pod that its arguments depend on: with `--enable-leader-election` it reads its
 * namespace from the service account's files. They are laid over `/run` in a mount namespace of the process's own, so
 * nothing is written on the machine.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface PodFiles {
  /** The command line that runs another one with the pod's files; process id and signals stay the command's own. */
  wrap(namespace: string, command: readonly [string, ...string[]]): readonly [string, ...string[]];
}

/** A change of user namespace takes the parent-death signal away, so it is set again after it. */
const script = `mount -t tmpfs pod /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
printf %s "$1" > /run/secrets/kubernetes.io/serviceaccount/namespace
shift
exec setpriv --pdeathsig KILL -- "$@"`;

/** `undefined` where the machine allows no mount namespaces (some containers): leader election can't work there. */
export async function findPodFiles(): Promise<PodFiles | undefined> {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const files: PodFiles = {
    wrap: (namespace, command) => ['unshare', '--mount', ...asRoot, 'sh', '-ec', script, 'pod', namespace, ...command],
  };
  const [command, ...args] = files.wrap('any', ['true']);
  return promisify(execFile)(command, args).then(
    () => files,
    () => undefined,
  );
}
