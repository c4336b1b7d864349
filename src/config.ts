interface AnyGitHostConfig {
  /** What `repository.host` of a customer names. */
  readonly name: string;
  /** `https://host/api/v1` of Gitea, `https://api.github.com` of GitHub. */
  readonly apiUrl: string;
  /** `ssh://git@host[:port]`. */
  readonly sshUrl: string;
  /** Pinned host keys as lines of `known_hosts`, taken from what the host publishes. */
  readonly knownHosts: string;
}

export interface GiteaHostConfig extends AnyGitHostConfig {
  readonly kind: 'gitea';
  /** File that holds the access token, so that the token stands in no environment. */
  readonly tokenFile: string;
}

/** GitHub, which knows us as an App. */
export type GitHubHostConfig = AnyGitHostConfig & { readonly kind: 'github'; readonly appId: string } & AppKeyConfig;

/** Where the App's private key is: it stands in no environment. */
export type AppKeyConfig =
  | { readonly appKeyFile: string }
  /** In Secrets Manager: the PEM, or JSON with it in `privateKey`. */
  | { readonly appKeySecretArn: string };

/** One Git host that customers' repositories may be at. */
export type GitHostConfig = GiteaHostConfig | GitHubHostConfig;

/** Where the manifests of Flux come from. */
export type DistributionsConfig =
  | { readonly kind: 'directory'; readonly directory: string }
  | { readonly kind: 'releases'; readonly cacheDirectory: string };

/**
 * The settings of a process. Region, credentials and endpoints of AWS are the SDK's own (`AWS_REGION`,
 * `AWS_ENDPOINT_URL_…`). None of the values is a secret.
 */
export interface Config {
  readonly tableName: string;
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
  /** The principal that those roles trust. */
  readonly trustedPrincipalArn: string;
  readonly gitHosts: readonly GitHostConfig[];
  readonly distributions: DistributionsConfig;
  /** Qualified ARNs (alias or version) of the durable functions. */
  readonly bootstrapFunctionArn: string;
  readonly ecrFunctionArn: string;
  /** API servers that may be connected to in place of EKS's own names. */
  readonly apiServerHosts: readonly string[] | undefined;
  /** `openapi.yaml`, as `GET /openapi.yaml` serves it. */
  readonly openApiFile: string;
  /** The workers are attached to a network that reaches private endpoints. */
  readonly reachesPrivateEndpoints: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a value, or nothing. */
type Rule = (value: string) => string | undefined;

const isFilled: Rule = (value) => (value === '' ? 'must not be empty' : undefined);
const matches =
  (pattern: RegExp, message: string): Rule =>
  (value) =>
    pattern.test(value) ? undefined : message;

const isQualifiedFunctionArn = matches(
  /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+:[^:]+$/,
  'must be an ARN with an alias or a version',
);

interface Setting {
  readonly rule: Rule;
  /** Absent: the setting is required. */
  readonly fallback?: string | undefined;
}

/** Checked by hand: a schema library would cost the cold start of every function more than all of this file. */
const settings = {
  FLEET_TABLE: { rule: isFilled },
  FLEET_ROLE_NAME: { rule: matches(/^[\w+=,.@-]{1,64}$/, 'must be the name of an IAM role'), fallback: 'fleet-api' },
  FLEET_TRUSTED_PRINCIPAL_ARN: { rule: matches(/^arn:/, 'must be an ARN') },
  FLEET_GIT_HOSTS: {
    rule: (value) => (gitHostsOf(value) ? undefined : 'must be JSON: a list with one Git host or more'),
  },
  FLEET_DISTRIBUTIONS_DIRECTORY: { rule: isFilled, fallback: undefined },
  FLEET_DISTRIBUTIONS_CACHE: { rule: isFilled, fallback: undefined },
  FLEET_BOOTSTRAP_FUNCTION_ARN: { rule: isQualifiedFunctionArn },
  FLEET_ECR_FUNCTION_ARN: { rule: isQualifiedFunctionArn },
  FLEET_API_SERVER_HOSTS: { rule: isFilled, fallback: undefined },
  // Beside the bundle: a function runs in the folder that it was unpacked to.
  FLEET_OPENAPI_FILE: { rule: isFilled, fallback: 'openapi.yaml' },
  FLEET_REACHES_PRIVATE_ENDPOINTS: { rule: matches(/^(true|false)$/, 'must be true or false'), fallback: 'false' },
} satisfies Record<string, Setting>;

function faultsOf(env: Environment): readonly string[] {
  const faults: string[] = Object.entries<Setting>(settings).flatMap(([name, setting]) => {
    const value = env[name];
    const fault = value === undefined ? ('fallback' in setting ? undefined : 'is required') : setting.rule(value);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
  const hosts = gitHostsOf(env['FLEET_GIT_HOSTS'] ?? '') ?? [];
  faults.push(
    ...hosts.flatMap((host, index) => gitHostFaults(host).map((fault) => `FLEET_GIT_HOSTS.${index}${fault}`)),
  );
  if ((env['FLEET_DISTRIBUTIONS_DIRECTORY'] === undefined) === (env['FLEET_DISTRIBUTIONS_CACHE'] === undefined)) {
    faults.push('settings: set exactly one of FLEET_DISTRIBUTIONS_DIRECTORY and FLEET_DISTRIBUTIONS_CACHE');
  }
  return faults;
}

function gitHostsOf(text: string): readonly unknown[] | undefined {
  try {
    const hosts: unknown = JSON.parse(text);
    return Array.isArray(hosts) && hosts.length > 0 ? hosts : undefined;
  } catch {
    return undefined;
  }
}

const isUrl: Rule = (value) => (URL.canParse(value) ? undefined : 'must be a URL');

/** Tokens go there, so nothing else than TLS will do, but on the machine itself. Nor does a URL hold a secret. */
const isGitHubUrl: Rule = (value) => {
  const url = URL.parse(value);
  if (!url) return 'must be a URL';
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return 'must begin with https://';
  const hasMore = url.username !== '' || url.password !== '' || /[?#]/.test(value);
  return hasMore ? 'must hold no credentials, no query and no fragment' : undefined;
};

const anyGitHostRules = {
  name: isFilled,
  apiUrl: isUrl,
  sshUrl: matches(/^ssh:\/\/[a-z0-9._-]+@[^/]+$/i, 'must look like ssh://git@host[:port]'),
  knownHosts: () => undefined,
} satisfies Readonly<Record<keyof AnyGitHostConfig, Rule>>;

const gitHostKinds: Readonly<Record<GitHostConfig['kind'], Readonly<Record<string, Setting>>>> = {
  gitea: { tokenFile: { rule: isFilled } },
  github: {
    apiUrl: { rule: isGitHubUrl },
    appId: { rule: matches(/^\d+$/, 'must be the number of the App, as a string') },
    appKeyFile: { rule: isFilled, fallback: undefined },
    appKeySecretArn: {
      rule: matches(/^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+$/, 'must be the ARN of a secret'),
      fallback: undefined,
    },
  },
};

function gitHostFaults(host: unknown): readonly string[] {
  if (typeof host !== 'object' || host === null) return [': must be a JSON object'];
  const values = new Map<string, unknown>(Object.entries(host));
  const kind = values.get('kind');
  const special = kind === 'gitea' || kind === 'github' ? gitHostKinds[kind] : undefined;
  const common = Object.entries(anyGitHostRules).map(([field, rule]): [string, Setting] => [field, { rule }]);
  const fields = new Map<string, Setting>([...common, ...Object.entries(special ?? {})]);
  const faults = [...fields].flatMap(([field, setting]) => {
    const value = values.get(field);
    if (value === undefined && 'fallback' in setting) return [];
    const fault = typeof value === 'string' ? setting.rule(value) : 'must be a string';
    return fault === undefined ? [] : [`.${field}: ${fault}`];
  });
  // Which fields there may be beside the common ones, the kind says.
  if (!special) return [...faults, '.kind: must be gitea or github'];
  if (kind === 'github' && values.has('appKeyFile') === values.has('appKeySecretArn')) {
    faults.push(': set exactly one of appKeyFile and appKeySecretArn');
  }
  const unknown = [...values.keys()].filter((field) => field !== 'kind' && !fields.has(field));
  return [...faults, ...(unknown.length > 0 ? [`: has no such field as ${unknown.join(', ')}`] : [])];
}

/** Reads the settings and reports all faults at once, by name and without their values. */
export function readConfig(env: Environment = process.env): Config {
  const faults = faultsOf(env);
  if (faults.length > 0) {
    throw new Error(`The settings are not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  const valueOf = (name: keyof typeof settings): string => {
    const setting: Setting = settings[name];
    return env[name] ?? setting.fallback ?? '';
  };
  return {
    tableName: valueOf('FLEET_TABLE'),
    roleName: valueOf('FLEET_ROLE_NAME'),
    trustedPrincipalArn: valueOf('FLEET_TRUSTED_PRINCIPAL_ARN'),
    // Each was checked above.
    gitHosts: gitHostsOf(valueOf('FLEET_GIT_HOSTS')) as readonly GitHostConfig[],
    distributions: distributionsOf(env),
    bootstrapFunctionArn: valueOf('FLEET_BOOTSTRAP_FUNCTION_ARN'),
    ecrFunctionArn: valueOf('FLEET_ECR_FUNCTION_ARN'),
    apiServerHosts: env['FLEET_API_SERVER_HOSTS']?.split(',').map((host) => host.trim()),
    openApiFile: valueOf('FLEET_OPENAPI_FILE'),
    reachesPrivateEndpoints: valueOf('FLEET_REACHES_PRIVATE_ENDPOINTS') === 'true',
  };
}

function distributionsOf(env: Environment): DistributionsConfig {
  const directory = env['FLEET_DISTRIBUTIONS_DIRECTORY'];
  if (directory !== undefined) return { kind: 'directory', directory };
  return { kind: 'releases', cacheDirectory: env['FLEET_DISTRIBUTIONS_CACHE'] ?? '' };
}
