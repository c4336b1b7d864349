/** Session credentials of the customer's role, as the product gets them. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { SessionCredentials } from '../../../src/adapters/customer-account-credentials.ts';
import { customerRoleName, exampleRegion } from '../../../sandbox/example.ts';
import type { World } from './world.ts';

export async function assumeCustomerRole(world: World): Promise<SessionCredentials> {
  const { product, stsUrl } = world.rig.env().rig;
  const client = new STSClient({ endpoint: stsUrl, region: exampleRegion, credentials: product });
  try {
    const { Credentials: credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${world.accountId}:role/${customerRoleName}`,
        RoleSessionName: 'token-test',
        ExternalId: world.externalId,
      }),
    );
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    } = credentials ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) throw new Error('STS gave no credentials');
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  } finally {
    client.destroy();
  }
}

/** The same token with another signature: one hex digit of it is changed. */
export function withTamperedSignature(token: string): string {
  const prefix = 'k8s-aws-v1.';
  const url = Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8');
  const tampered = url.replace(/(X-Amz-Signature=[0-9a-f]{63})([0-9a-f])/, (_all, start: string, last: string) => {
    return `${start}${last === '0' ? '1' : '0'}`;
  });
  if (tampered === url) throw new Error('the token has no signature');
  return `${prefix}${Buffer.from(tampered).toString('base64url')}`;
}
