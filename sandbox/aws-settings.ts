import type { AwsClients } from '../src/wiring/aws-clients.ts';

/** What the AWS SDK would read from the environment of a process, from one that is not the process's own. */
export function awsSettings(env: Readonly<Record<string, string | undefined>>): AwsClients {
  const endpoint = (service: string): string | undefined =>
    env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return {
    region: env['AWS_REGION'],
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    endpoints: {
      dynamodb: endpoint('DYNAMODB'),
      ecr: endpoint('ECR'),
      eks: endpoint('EKS'),
      iam: endpoint('IAM'),
      lambda: endpoint('LAMBDA'),
      secretsManager: endpoint('SECRETS_MANAGER'),
      sts: endpoint('STS'),
    },
  };
}
