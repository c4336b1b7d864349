import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { STSClientConfig } from '@aws-sdk/client-sts';

import { OutsideCallError } from '../errors.ts';
import { awsAttempts, awsRequestLimits } from './aws-attempts.ts';
import { clockWords } from './clock-words.ts';
import { isAccessDenied, readAwsFault, toOutsideCallError } from './aws-call-errors.ts';

/** A session in a customer's account: all that decides what it may do and how the customer sees it. */
export interface CustomerSession {
  /** The role that we assume there. */
  readonly roleArn: string;
  readonly externalId: string;
  readonly accountId: string;
  readonly region: string;
  /** Names the session in the customer's CloudTrail: `[A-Za-z0-9=,.@-]{2,64}`. */
  readonly sessionName: string;
  /** Text of the session policy that narrows the role: it grants nothing, it only takes away. */
  readonly policy: string;
}

/** Temporary credentials of a role in a customer's account. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export type AssumedRole =
  | { readonly kind: 'assumed'; readonly credentials: SessionCredentials }
  | { readonly kind: 'role-not-assumable'; readonly detail: string };

/** Our sessions in customers' accounts. Failures that no union covers: `OutsideCallError`. */
export interface CustomerAccountCredentials {
  /** A session with at least five minutes left; concurrent callers for one target share one AssumeRole. */
  assume(target: CustomerSession, signal: AbortSignal): Promise<AssumedRole>;
  /** Drops the session that AWS refused, unless it has been replaced since. */
  forget(target: CustomerSession, refused: SessionCredentials): void;
}

export interface CustomerAccountOptions {
  /** Our own credentials; by default the SDK's chain (on Lambda: the function's role). */
  readonly credentials?: STSClientConfig['credentials'];
  /** Where STS listens when it is not AWS, such as in the sandbox. */
  readonly stsEndpoint?: string | undefined;
  /** Carries the requests to AWS in place of connections of its own, for those who hold AWS in their process. */
  readonly requestHandler?: STSClientConfig['requestHandler'];
  readonly now?: () => Date;
}

/** The longest session that role chaining allows; our own credentials are a role's (IAM user guide, "Role chaining"). */
const sessionSeconds = 3600;

/** A session is replaced this long before it ends, so that a job's token does not end within a request. */
const earlyExpiryMs = 5 * 60 * 1000;

/** Bounds the shared AssumeRole, which no single caller's signal may end. */
const assumeRoleTimeoutMs = 20_000;

/** Sessions at one time in one process; the oldest go first. */
const maxSessions = 500;

/** The customer's account has not activated STS in the region: theirs to change, like a trust policy. */
const regionDisabledCode = 'RegionDisabledException';

export function createCustomerAccountCredentials(options: CustomerAccountOptions): CustomerAccountCredentials {
  const now = options.now ?? (() => new Date());
  const client = stsClients(options);
  const sessions = new Map<string, SessionCredentials>();
  const underWay = new Map<string, Promise<AssumedRole>>();

  async function begin(key: string, target: CustomerSession): Promise<AssumedRole> {
    const assumed = await assumeRole(client(target.region), target, now);
    if (assumed.kind === 'assumed') {
      keep(key, assumed.credentials);
    }
    return assumed;
  }

  /** A failure reaches those who wait for it now, and is not kept for those who come later. */
  function share(key: string, target: CustomerSession): Promise<AssumedRole> {
    const shared = begin(key, target);
    const isOver = (): boolean => underWay.delete(key);
    underWay.set(key, shared);
    shared.then(isOver, isOver);
    return shared;
  }

  function keep(key: string, credentials: SessionCredentials): void {
    sessions.delete(key);
    sessions.set(key, credentials);
    for (const oldest of [...sessions.keys()].slice(0, Math.max(0, sessions.size - maxSessions))) {
      sessions.delete(oldest);
    }
  }

  return {
    async assume(target, signal) {
      const key = sessionKey(target);
      const session = sessions.get(key);
      if (session && session.expiration.getTime() - now().getTime() > earlyExpiryMs) {
        return { kind: 'assumed', credentials: session };
      }
      return await settledOrAborted(underWay.get(key) ?? share(key, target), signal, target);
    },
    forget(target, refused) {
      const key = sessionKey(target);
      if (sessions.get(key) === refused) {
        sessions.delete(key);
      }
    },
  };
}

/** One a region. */
function stsClients(options: CustomerAccountOptions): (region: string) => STSClient {
  const clients = new Map<string, STSClient>();
  const settings: STSClientConfig = {
    maxAttempts: awsAttempts,
    requestHandler: options.requestHandler ?? awsRequestLimits,
    ...(options.credentials && { credentials: options.credentials }),
    ...(options.stsEndpoint && { endpoint: options.stsEndpoint }),
  };
  return (region) => {
    const known = clients.get(region) ?? new STSClient({ ...settings, region });
    clients.set(region, known);
    return known;
  };
}

/** All of it: a mix-up is impossible. */
function sessionKey({ roleArn, externalId, accountId, region, sessionName, policy }: CustomerSession): string {
  return JSON.stringify([roleArn, externalId, accountId, region, sessionName, policy]);
}

async function assumeRole(client: STSClient, target: CustomerSession, now: () => Date): Promise<AssumedRole> {
  try {
    const { Credentials: issued } = await client.send(
      new AssumeRoleCommand({
        RoleArn: target.roleArn,
        RoleSessionName: target.sessionName,
        ExternalId: target.externalId,
        DurationSeconds: sessionSeconds,
        Policy: target.policy,
      }),
      { abortSignal: AbortSignal.timeout(assumeRoleTimeoutMs) },
    );
    if (!issued?.AccessKeyId || !issued.SecretAccessKey || !issued.SessionToken || !issued.Expiration) {
      throw new OutsideCallError({ ...attempt(target), failure: 'protocol', answer: 'no credentials in the answer' });
    }
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = issued;
    requireRightClock(target, now().getTime() - (issued.Expiration.getTime() - sessionSeconds * 1000));
    const credentials = { accessKeyId, secretAccessKey, sessionToken, expiration: issued.Expiration };
    return { kind: 'assumed', credentials };
  } catch (error) {
    const fault = readAwsFault(error);
    if (isAccessDenied(fault)) {
      return { kind: 'role-not-assumable', detail: refusal(target, fault.words) };
    }
    if (fault.code === regionDisabledCode) {
      const detail = `STS is not activated in ${target.region} for the account ${target.accountId}: ${fault.words}`;
      return { kind: 'role-not-assumable', detail };
    }
    throw toOutsideCallError(error, attempt(target));
  }
}

/**
 * The SDK finds AWS's time by itself and signs by it. The tokens for clusters are signed by ours, and STS refuses one
 * whose date is further off; the API server would say 401 to it, and nobody would know why.
 */
const largestSkewMs = 15 * 60 * 1000;

function requireRightClock(target: CustomerSession, aheadMs: number): void {
  if (Math.abs(aheadMs) <= largestSkewMs) return;
  throw new OutsideCallError({ ...attempt(target), failure: 'unauthenticated', answer: clockWords(aheadMs, "AWS's") });
}

/** STS tells these three apart to nobody, so the words name all of them. */
function refusal(target: CustomerSession, words: string): string {
  return (
    `it does not exist, its trust policy does not name our ` +
    `principal, or it requires another ExternalId. STS: ${words}`
  );
}

function attempt(target: CustomerSession): { readonly system: 'sts'; readonly attempted: string } {
  return { system: 'sts', attempted: `sts:AssumeRole on ${target.roleArn}` };
}

/** One caller may give up; the call goes on for the others and ends by its own limit. */
async function settledOrAborted<T>(shared: Promise<T>, signal: AbortSignal, target: CustomerSession): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(new OutsideCallError({ ...attempt(target), failure: 'timeout', answer: 'the deadline has passed' }));
  };
  if (signal.aborted) {
    onAbort();
  }
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([shared, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
