/** The manifests of one Flux version, as Flux publishes them in `manifests.tar.gz`. */
export interface Distribution {
  /** Without a leading `v`: `2.9.2`. */
  readonly version: string;
  /** `sha256:<hex>` over the sorted names and contents of all files: the same for directory and archive. */
  readonly digest: string;
  /** File name, such as `source-controller.yaml` → content. */
  readonly files: ReadonlyMap<string, string>;
}

export type LoadedDistribution =
  | { readonly kind: 'loaded'; readonly distribution: Distribution }
  | { readonly kind: 'version-not-found'; readonly detail: string }
  /** The archive does not have the checksum that was published for it. */
  | { readonly kind: 'checksum-mismatch'; readonly detail: string };

export interface Distributions {
  load(version: string, signal: AbortSignal): Promise<LoadedDistribution>;
}
