/** Options of `flux install` by their own names, and two of ours: `interval` and `compute`. */
export interface FluxOptions {
  /** Version of the distribution, without a leading `v`. */
  readonly version: string;
  readonly components: readonly FluxComponent[];
  readonly extraComponents: readonly ExtraFluxComponent[];
  /** Where the images are pulled from. */
  readonly registry: string;
  /** Name of an image pull secret in `flux-system`. */
  readonly imagePullSecret?: string | undefined;
  readonly networkPolicy: boolean;
  readonly logLevel: 'debug' | 'info' | 'error';
  readonly clusterDomain: string;
  readonly tolerationKeys: readonly string[];
  readonly watchAllNamespaces: boolean;
  /** Of the sync's GitRepository, as a Go duration such as `1m0s`. */
  readonly interval: string;
  /** `fargate`: requests equal limits, because a Fargate pod's size is taken from its requests. */
  readonly compute: 'nodes' | 'fargate';
}

export const fluxComponents = [
  'source-controller',
  'kustomize-controller',
  'helm-controller',
  'notification-controller',
] as const;
export type FluxComponent = (typeof fluxComponents)[number];

export const extraFluxComponents = [
  'image-reflector-controller',
  'image-automation-controller',
  'source-watcher',
] as const;
export type ExtraFluxComponent = (typeof extraFluxComponents)[number];

/** What `flux install` takes where nothing is said (fluxcd/flux2 v2.9 `cmd/flux/install.go`). */
export const fluxDefaults = {
  components: fluxComponents,
  extraComponents: [],
  registry: 'ghcr.io/fluxcd',
  networkPolicy: true,
  logLevel: 'info',
  clusterDomain: 'cluster.local',
  tolerationKeys: [],
  watchAllNamespaces: true,
  interval: '1m0s',
  compute: 'nodes',
} as const satisfies Omit<FluxOptions, 'version'>;

/** Options as they may be said: every one but the version has a default. */
export type SaidFluxOptions = Pick<FluxOptions, 'version'> & {
  readonly [K in keyof Omit<FluxOptions, 'version'>]?: FluxOptions[K] | undefined;
};

export function withFluxDefaults(said: SaidFluxOptions): FluxOptions {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...fluxDefaults, ...given, version: said.version };
}

/** What `withFluxDefaults` would not fill in. */
export function withoutFluxDefaults(options: FluxOptions): SaidFluxOptions {
  const defaults = new Map<string, unknown>(Object.entries(fluxDefaults));
  const said = Object.entries(options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults.get(name)),
  );
  return { ...Object.fromEntries(said), version: options.version };
}

/** The namespace that everything of Flux lives in; the provider uses no other. */
export const fluxNamespace = 'flux-system';
