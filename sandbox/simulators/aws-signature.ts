import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { AwsWorld, Caller } from './aws-world.ts';
import { findCaller } from './aws-world.ts';

/**
 * Checks Signature Version 4, in the Authorization header or in the query, against the credentials of the world.
 * It is written from the specification and shares no code with the signers that it judges.
 *
 * Source: IAM user guide, "Create a signed AWS API request" and "Elements of an AWS API request signature".
 */

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export type SignatureFault =
  | 'missing'
  | 'incomplete'
  | 'unknown-key'
  | 'wrong-session-token'
  | 'session-expired'
  | 'not-current'
  | 'wrong-scope'
  | 'mismatch';

export type VerifiedSignature =
  | { readonly kind: 'verified'; readonly caller: Caller; readonly region: string }
  | { readonly kind: 'refused'; readonly fault: SignatureFault; readonly message: string };

export interface SignatureRules {
  readonly service: string;
  /** How far the date of a request may lie from now. */
  readonly toleranceMinutes: number;
}

interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly sessionToken: string | undefined;
}

const algorithm = 'AWS4-HMAC-SHA256';
const invalidToken = 'The security token included in the request is invalid.';

export function verifySignature(world: AwsWorld, request: SignedRequest, rules: SignatureRules): VerifiedSignature {
  const claim = readClaim(request);
  if (typeof claim === 'string') {
    return refuse(claim, claim === 'missing' ? 'Request is missing Authentication Token' : 'Incomplete signature.');
  }
  const secret = world.principals.get(claim.accessKeyId) ?? world.sessions.get(claim.accessKeyId);
  const caller = findCaller(world, claim.accessKeyId);
  if (!secret || !caller) {
    return refuse('unknown-key', invalidToken);
  }
  if (('sessionToken' in secret ? secret.sessionToken : undefined) !== claim.sessionToken) {
    return refuse('wrong-session-token', invalidToken);
  }
  if ('expiration' in secret && secret.expiration <= world.now()) {
    return refuse('session-expired', 'The security token included in the request is expired');
  }
  if (claim.service !== rules.service) {
    return refuse('wrong-scope', `Credential should be scoped to correct service: '${rules.service}'. `);
  }
  const untimely = whyUntimely(claim, world.now(), rules.toleranceMinutes);
  if (untimely) {
    return refuse('not-current', untimely);
  }
  const expected = signatureOf(request, claim, secret.secretAccessKey);
  if (!isSame(expected, claim.signature)) {
    return refuse(
      'mismatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
        'Key and signing method. Consult the service documentation for details.',
    );
  }
  return { kind: 'verified', caller, region: claim.region };
}

function refuse(fault: SignatureFault, message: string): VerifiedSignature {
  return { kind: 'refused', fault, message };
}

/** From the header, or from the query of a presigned request. */
function readClaim({ url, headers }: SignedRequest): Claim | 'missing' | 'incomplete' {
  const header = headers.get('authorization');
  const query = url.searchParams;
  if (header === null && !query.has('X-Amz-Signature')) {
    return 'missing';
  }
  const fields = new Map(
    header
      ?.replace(/^AWS4-HMAC-SHA256\s+/, '')
      .split(/,\s*/)
      .map((field): [string, string] => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  const isInHeader = header !== null;
  const read = (field: string, parameter: string): string | undefined =>
    (isInHeader ? fields.get(field) : query.get(parameter)) ?? undefined;
  const usedAlgorithm = isInHeader ? header.split(/\s/)[0] : query.get('X-Amz-Algorithm');
  const [accessKeyId, day, region, service, terminator] = (read('Credential', 'X-Amz-Credential') ?? '').split('/');
  const signedHeaders = read('SignedHeaders', 'X-Amz-SignedHeaders')?.split(';') ?? [];
  const signature = read('Signature', 'X-Amz-Signature');
  const date = isInHeader ? headers.get('x-amz-date') : query.get('X-Amz-Date');
  const isComplete = accessKeyId && day && region && service && signature && date;
  if (!isComplete || usedAlgorithm !== algorithm || terminator !== 'aws4_request' || !signedHeaders.includes('host')) {
    return 'incomplete';
  }
  const sessionToken =
    (isInHeader ? headers.get('x-amz-security-token') : query.get('X-Amz-Security-Token')) ?? undefined;
  return { accessKeyId, day, region, service, signedHeaders, signature, date, sessionToken };
}

/**
 * STS holds presigned requests to the same 15 minutes and does not read X-Amz-Expires (aws-iam-authenticator
 * `pkg/token`); the words are those it answers with (aws/aws-cli#6676).
 */
function whyUntimely({ date, day }: Claim, now: Date, toleranceMinutes: number): string | undefined {
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(signedAt) || !date.startsWith(day)) {
    return 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP';
  }
  const tolerance = toleranceMinutes * 60_000;
  const earliest = new Date(now.getTime() - tolerance);
  const latest = new Date(now.getTime() + tolerance);
  const range = (sign: string): string => `(${amzDate(now)} ${sign} ${toleranceMinutes} min.)`;
  if (signedAt < earliest.getTime()) {
    return `Signature expired: ${date} is now earlier than ${amzDate(earliest)} ${range('-')}`;
  }
  return signedAt > latest.getTime()
    ? `Signature not yet current: ${date} is still later than ${amzDate(latest)} ${range('+')}`
    : undefined;
}

function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function signatureOf(request: SignedRequest, claim: Claim, secretAccessKey: string): string {
  const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`;
  const text = [algorithm, claim.date, scope, sha256(canonicalRequest(request, claim.signedHeaders))].join('\n');
  const key = [claim.day, claim.region, claim.service, 'aws4_request'].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, text).toString('hex');
}

function canonicalRequest({ method, url, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  // The path stands encoded in the URL; every service but S3 encodes it once more.
  const path = url.pathname.split('/').map(encode).join('/');
  const values = signedHeaders.map((name) => {
    const value = headers.get(name) ?? (name === 'host' ? url.host : '');
    return `${name}:${value.trim().replace(/\s+/g, ' ')}\n`;
  });
  return [method, path, canonicalQuery(url), values.join(''), signedHeaders.join(';'), sha256(body)].join('\n');
}

function canonicalQuery(url: URL): string {
  return url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('='))
    .map(([name = '', ...value]) => [encode(decodeURIComponent(name)), encode(decodeURIComponent(value.join('=')))])
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function isSame(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
