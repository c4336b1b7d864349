/** A lock of the kernel's on a file, held through `flock` (util-linux): it ends with its holder, however that ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface FileLock {
  release(): Promise<void>;
}

/** Waits for the lock, or answers `undefined` at once where another process has it and we are not to wait. */
export async function lockFile(
  file: string,
  options: { readonly isToWait: boolean; readonly onWaiting?: () => void },
): Promise<FileLock | undefined> {
  const wait = options.isToWait ? [] : ['--nonblock'];
  // `cat` ends when our end of the pipe closes, which the kernel does for a process that is gone.
  const holder = spawn('flock', [...wait, '--no-fork', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(holder, 'exit');
  const waiting = setTimeout(() => options.onWaiting?.(), 1000);
  const [answer]: readonly unknown[] = await Promise.race([once(holder.stdout, 'data'), exited]);
  clearTimeout(waiting);
  if (answer === 1 && !options.isToWait) return undefined;
  const words = String(answer);
  if (!words.startsWith('locked')) throw new Error(`${file} could not be locked: flock answered ${words}`);
  return {
    async release() {
      holder.stdin.end();
      await exited;
    },
  };
}
