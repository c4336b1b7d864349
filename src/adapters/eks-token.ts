import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

import { OutsideCallError } from '../errors.ts';
import type { SessionCredentials } from './customer-account-credentials.ts';

/** A bearer credential of that role for that cluster: never stored, never logged. */
export interface EksToken {
  readonly token: string;
  /** When STS begins to refuse it. */
  readonly expiresAt: Date;
}

export interface EksTokenRequest {
  readonly credentials: SessionCredentials;
  readonly region: string;
  readonly eksName: string;
  readonly now: Date;
}

/** The authenticator refuses longer ones unread (aws-iam-authenticator `pkg/token`, `maxTokenLenBytes`). */
export const maxTokenBytes = 4096;

/** STS takes a presigned GetCallerIdentity for 15 minutes from `X-Amz-Date`, whatever `X-Amz-Expires` says. */
const lifetimeMs = 15 * 60 * 1000;

/** What the AWS CLI writes; authenticators before 0.4 refuse more. */
const expiresSeconds = 60;

const clusterHeader = 'x-k8s-aws-id';

/**
 * Mints a token as aws-iam-authenticator reads it: `k8s-aws-v1.` and the base64url of a presigned GetCallerIdentity
 * that signs the cluster's name. The host is always the region's real STS host, because the cluster asks that one,
 * whatever endpoint we ourselves use. A token that the authenticator would find too long is an `OutsideCallError`.
 *
 * Source: kubernetes-sigs/aws-iam-authenticator, README "API Authorization from Outside a Cluster" and `pkg/token`.
 */
export async function mintEksToken(request: EksTokenRequest): Promise<EksToken> {
  const { credentials, region, eksName } = request;
  // X-Amz-Date has no fraction; the 15 minutes count from what it says.
  const mintedAt = new Date(Math.floor(request.now.getTime() / 1000) * 1000);
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256 });
  const host = stsHost(region);
  const presigned = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, [clusterHeader]: eksName },
    },
    { expiresIn: expiresSeconds, signingDate: mintedAt },
  );
  const url = `https://${host}/?${formatQuery(presigned.query ?? {})}`;
  const token = `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
  if (token.length > maxTokenBytes) {
    throw new OutsideCallError({
      system: 'sts',
      failure: 'rejected',
      attempted: `mint a token for the EKS cluster ${eksName}`,
      answer: `the session token that STS issued makes it ${token.length} bytes; the cluster accepts ${maxTokenBytes}`,
    });
  }
  return { token, expiresAt: new Date(Math.min(mintedAt.getTime() + lifetimeMs, credentials.expiration.getTime())) };
}

/** The regional STS host: the only one that the authenticator of a cluster in the region is sure to know. */
export function stsHost(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function formatQuery(query: Record<string, string | string[] | null>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => (typeof value === 'string' ? [`${escapeUri(name)}=${escapeUri(value)}`] : []))
    .join('&');
}

/** RFC 3986, as SigV4 wants it: `encodeURIComponent` leaves `!'()*` as they are. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
