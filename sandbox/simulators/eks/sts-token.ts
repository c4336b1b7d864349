/** The presigned request in a token, once it has the form that the authenticator asks STS with. */
export interface PresignedIdentity {
  readonly url: URL;
  /** Of the credentials that signed it; not yet proven. */
  readonly accessKeyId: string;
}

const prefix = 'k8s-aws-v1.';
const maxTokenBytes = 4096;
const lifetimeMs = 15 * 60_000;
const clusterHeader = 'x-k8s-aws-id';

const parameters: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/**
 * Reads a bearer token; `undefined` when it is not of the form in which STS may be asked. It is written from the
 * rules and shares no code with the minter that it judges.
 *
 * Source: kubernetes-sigs/aws-iam-authenticator, `pkg/token` (`Verify`). That a parameter comes once, in whatever
 * case, is what CVE-2022-2385 was about.
 */
export function readToken(token: string, region: string, now: Date): PresignedIdentity | undefined {
  const text = decoded(token);
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  // As it stands, not as the parser mends it: no user, no port, no tab, no backslash.
  if (!url || !text?.startsWith(`https://${url.hostname}/?`) || !stsHosts(region).has(url.hostname)) return undefined;
  const query = readOnce(url.searchParams);
  const [accessKeyId = ''] = query?.get('x-amz-credential')?.split('/') ?? [];
  return query && isFit(query, now) ? { url, accessKeyId } : undefined;
}

function decoded(token: string): string | undefined {
  const encoded = token.slice(prefix.length);
  const isEncoded = token.startsWith(prefix) && /^[A-Za-z0-9_-]+$/.test(encoded) && encoded.length % 4 !== 1;
  if (!isEncoded || Buffer.byteLength(token) > maxTokenBytes) return undefined;
  const text = Buffer.from(encoded, 'base64url').toString('utf8');
  return text.includes('#') ? undefined : text;
}

/** The region's own, and the global one, which serves the regions of its partition alone (AWS general reference, STS). */
function stsHosts(region: string): ReadonlySet<string> {
  const isChina = region.startsWith('cn-');
  const regional = `sts.${region}.amazonaws.com${isChina ? '.cn' : ''}`;
  return new Set(isChina ? [regional] : [regional, 'sts.amazonaws.com']);
}

/** By name in lower case; `undefined` when one is unknown or comes twice. */
function readOnce(query: URLSearchParams): ReadonlyMap<string, string> | undefined {
  const read = new Map<string, string>();
  for (const [name, value] of query) {
    const key = name.toLowerCase();
    if (!parameters.has(key) || read.has(key)) return undefined;
    read.set(key, value);
  }
  return read;
}

function isFit(query: ReadonlyMap<string, string>, now: Date): boolean {
  const signedHeaders = query.get('x-amz-signedheaders')?.toLowerCase().split(';') ?? [];
  const expires = query.get('x-amz-expires') ?? '';
  return (
    query.get('action') === 'GetCallerIdentity' &&
    signedHeaders.includes(clusterHeader) &&
    /^\d{1,3}$/.test(expires) &&
    Number(expires) <= 900 &&
    isInTime(query.get('x-amz-date') ?? '', now)
  );
}

/** STS itself refuses what lies too far ahead. */
function isInTime(date: string, now: Date): boolean {
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return !Number.isNaN(signedAt) && now.getTime() <= signedAt + lifetimeMs;
}
