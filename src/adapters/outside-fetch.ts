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
