/** The port that was had before if it can be had again, else any free one: what knows its address need not learn another. */
export async function onFormerPort<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port ?? 0);
  } catch (error) {
    if (port === undefined || !isTaken(error)) throw error;
    return start(0);
  }
}

export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
