/** As much of fetch as the Git hosts' adapters use: Node's own and undici's both have it. */
export type OutsideFetch<Headers> = (
  url: string,
  init: {
    readonly method: string;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
    readonly headers: Record<string, string>;
    readonly body?: string;
  },
) => Promise<OutsideAnswer<Headers>>;

export interface OutsideAnswer<Headers> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A body to its end; `undefined` when it is larger than so many bytes, and then the rest of it is not read. */
export async function readBody(
  body: AsyncIterable<Uint8Array> | null,
  largestBytes: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > largestBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
