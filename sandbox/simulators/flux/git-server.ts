/** A Git server as Flux's source-controller meets it over SSH. */
export interface GitServer {
  fetch(request: {
    readonly url: string;
    readonly privateKeyPem: string;
    readonly knownHosts: string;
    readonly branch: string;
  }): FetchedSource;
}

export type FetchedSource =
  /** The whole tree at the branch's head: path → content. */
  | { readonly kind: 'fetched'; readonly commit: string; readonly files: ReadonlyMap<string, string> }
  /** In the words of go-git or the SSH library. */
  | { readonly kind: 'refused'; readonly message: string };
