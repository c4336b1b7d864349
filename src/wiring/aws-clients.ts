/**
 * Where our calls to AWS go, and as whom. On AWS nothing of it is set: region, credentials and endpoints are the SDK's
 * own. Several products in one process need one each, and the environment is only one.
 */
export interface AwsClients {
  readonly region?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly endpoints?: Partial<Readonly<Record<AwsService, string | undefined>>>;
}

export type AwsService = 'dynamodb' | 'ecr' | 'eks' | 'iam' | 'lambda' | 'secretsManager' | 'sts';

/** What goes into the configuration of a service's client. */
export function clientSettings(aws: AwsClients, service: AwsService) {
  const endpoint = aws.endpoints?.[service];
  return {
    ...(aws.region !== undefined && { region: aws.region }),
    ...(aws.credentials && { credentials: aws.credentials }),
    ...(endpoint !== undefined && { endpoint }),
  };
}
