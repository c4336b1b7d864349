/**
 * Lets callers share a read that began after each of them asked: whoever asks while one is under way waits for the next
 * one. So many workers that each need what is true from now on cost few reads.
 */
export function sharedReads<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;

  function begin(): Promise<T> {
    next = undefined;
    const begun = read();
    running = begun;
    const isOver = (): void => {
      if (running === begun) running = undefined;
    };
    begun.then(isOver, isOver);
    return begun;
  }

  return () => {
    if (running === undefined) return begin();
    next ??= running.then(begin, begin);
    return next;
  };
}
