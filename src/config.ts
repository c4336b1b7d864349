import * as z from 'zod';

/** One Git host that customers' repositories may be at. */
export interface GitHostConfig {
  /** What `repository.host` of a customer names. */
  readonly name: string;
  readonly kind: 'gitea';
  /** `https://host/api/v1`. */
  readonly apiUrl: string;
  /** `ssh://git@host[:port]`. */
  readonly sshUrl: string;
  /** Pinned host keys as lines of `known_hosts`, taken from what the host publishes. */
  readonly knownHosts: string;
  /** File that holds the access token, so that the token stands in no environment. */
  readonly tokenFile: string;
}

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
  /** Qualified ARN (alias or version) of the durable function. */
  readonly bootstrapFunctionArn: string;
  /** API servers that may be connected to in place of EKS's own names. */
  readonly apiServerHosts: readonly string[] | undefined;
  /** The workers are attached to a network that reaches private endpoints. */
  readonly reachesPrivateEndpoints: boolean;
}

const gitHost = z.strictObject({
  name: z.string().min(1),
  kind: z.literal('gitea'),
  apiUrl: z.url(),
  sshUrl: z.string().regex(/^ssh:\/\/[a-z0-9._-]+@[^/]+$/i, 'must look like ssh://git@host[:port]'),
  knownHosts: z.string(),
  tokenFile: z.string().min(1),
});

const environment = z
  .object({
    FLEET_TABLE: z.string().min(1),
    FLEET_ROLE_NAME: z
      .string()
      .regex(/^[\w+=,.@-]{1,64}$/)
      .default('fleet-api'),
    FLEET_TRUSTED_PRINCIPAL_ARN: z.string().startsWith('arn:'),
    FLEET_GIT_HOSTS: z.string().transform(parseJson).pipe(z.array(gitHost).min(1)),
    FLEET_DISTRIBUTIONS_DIRECTORY: z.string().optional(),
    FLEET_DISTRIBUTIONS_CACHE: z.string().optional(),
    FLEET_BOOTSTRAP_FUNCTION_ARN: z
      .string()
      .regex(/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+:[^:]+$/, 'must be an ARN with an alias or a version'),
    FLEET_API_SERVER_HOSTS: z.string().optional(),
    FLEET_REACHES_PRIVATE_ENDPOINTS: z.enum(['true', 'false']).default('false'),
  })
  .refine(
    (env) => (env.FLEET_DISTRIBUTIONS_DIRECTORY === undefined) !== (env.FLEET_DISTRIBUTIONS_CACHE === undefined),
    {
      message: 'set exactly one of FLEET_DISTRIBUTIONS_DIRECTORY and FLEET_DISTRIBUTIONS_CACHE',
    },
  );

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
}

/** Reads the settings and reports all faults at once, by name and without their values. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'settings'}: ${issue.message}`);
    throw new Error(`The settings are not valid:\n${faults.join('\n')}`);
  }
  const { data } = parsed;
  return {
    tableName: data.FLEET_TABLE,
    roleName: data.FLEET_ROLE_NAME,
    trustedPrincipalArn: data.FLEET_TRUSTED_PRINCIPAL_ARN,
    gitHosts: data.FLEET_GIT_HOSTS,
    distributions: distributionsOf(data),
    bootstrapFunctionArn: data.FLEET_BOOTSTRAP_FUNCTION_ARN,
    apiServerHosts: data.FLEET_API_SERVER_HOSTS?.split(',').map((host) => host.trim()),
    reachesPrivateEndpoints: data.FLEET_REACHES_PRIVATE_ENDPOINTS === 'true',
  };
}

function distributionsOf(data: z.output<typeof environment>): DistributionsConfig {
  if (data.FLEET_DISTRIBUTIONS_DIRECTORY !== undefined) {
    return { kind: 'directory', directory: data.FLEET_DISTRIBUTIONS_DIRECTORY };
  }
  return { kind: 'releases', cacheDirectory: data.FLEET_DISTRIBUTIONS_CACHE ?? '/tmp/flux-distributions' };
}
