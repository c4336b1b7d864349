/** Who the product is in the rig's AWS. */
import { randomBytes } from 'node:crypto';
import type { Aws } from './parts/aws.ts';

/** Long-term credentials: on AWS itself, the role of its Lambda function. */
export interface ProductIdentity {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function createProductIdentity(): ProductIdentity {
  return {
    arn: 'arn:aws:iam::999900009999:user/fleet-api',
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}

export async function putProductIdentity(aws: Aws, product: ProductIdentity): Promise<void> {
  const { accessKeyId, ...principal } = product;
  await aws.put(`principals/${accessKeyId}`, principal);
}
