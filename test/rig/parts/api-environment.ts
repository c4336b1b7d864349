/** The settings that the product runs with in a rig: `src/config.ts`, the AWS SDK's own, and `sandbox/api-server.ts`. */
import { customerRoleName } from '../../../sandbox/example.ts';
import type { ProductIdentity } from '../product-identity.ts';

/** What `repository.host` of a customer names. */
export const gitHostName = 'git.example';
export const tableName = 'fleet';

/** What the product finds around it. */
export interface ApiSurroundings {
  readonly product: ProductIdentity;
  readonly region: string;
  readonly dynamodbUrl: string;
  readonly stsUrl: string;
  readonly eksUrl: string;
  readonly gitApiUrl: string;
  readonly gitSshUrl: string;
  readonly knownHosts: string;
  readonly distributionsDirectory: string;
}

interface ApiEnvironmentOptions extends ApiSurroundings {
  readonly engineUrl: string;
  readonly gitTokenFile: string;
}

export function apiEnvironment(options: ApiEnvironmentOptions): Readonly<Record<string, string>> {
  const { product, region } = options;
  const gitHost = {
    name: gitHostName,
    kind: 'gitea',
    apiUrl: options.gitApiUrl,
    sshUrl: options.gitSshUrl,
    knownHosts: options.knownHosts,
    tokenFile: options.gitTokenFile,
  };
  return {
    FLEET_TABLE: tableName,
    FLEET_ROLE_NAME: customerRoleName,
    FLEET_TRUSTED_PRINCIPAL_ARN: product.arn,
    FLEET_GIT_HOSTS: JSON.stringify([gitHost]),
    FLEET_DISTRIBUTIONS_DIRECTORY: options.distributionsDirectory,
    FLEET_BOOTSTRAP_FUNCTION_ARN: `arn:aws:lambda:${region}:${product.arn.split(':')[4]}:function:fleet-bootstrap:live`,
    FLEET_ECR_FUNCTION_ARN: `arn:aws:lambda:${region}:${product.arn.split(':')[4]}:function:fleet-ecr:live`,
    FLEET_API_SERVER_HOSTS: '127.0.0.1:*',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: product.accessKeyId,
    AWS_SECRET_ACCESS_KEY: product.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: options.dynamodbUrl,
    AWS_ENDPOINT_URL_STS: options.stsUrl,
    AWS_ENDPOINT_URL_EKS: options.eksUrl,
    AWS_ENDPOINT_URL_ECR: options.eksUrl,
    AWS_ENDPOINT_URL_IAM: options.eksUrl,
    AWS_ENDPOINT_URL_LAMBDA: options.engineUrl,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
