import type { OutsideSystem } from '../errors.ts';
import { isAccessDenied, readAwsFault, toOutsideCallError } from './aws-call-errors.ts';
import type { AwsFault } from './aws-call-errors.ts';
import type {
  CustomerAccountCredentials,
  CustomerSession,
  SessionCredentials,
} from './customer-account-credentials.ts';

/** We were not let in, or not as far. */
export type CustomerAwsRefusal =
  | { readonly kind: 'role-not-assumable'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string };

export type CustomerAwsAnswer<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  /** A refusal with one of the codes that the call named as expected. */
  | { readonly kind: 'refused'; readonly fault: AwsFault }
  | CustomerAwsRefusal;

export interface CustomerAwsCall<Client, Value> {
  /** Such as `eks:DescribeCluster`. */
  readonly action: string;
  /** Codes that are answers to the caller, not errors. */
  readonly expects: readonly string[];
  readonly send: (client: Client, options: { readonly abortSignal: AbortSignal }) => Promise<Value>;
}

/** Calls one service of AWS in customers' accounts, each time with the session that the target asks for. */
export interface CustomerAwsCalls<Target, Client> {
  call<Value>(
    target: Target,
    call: CustomerAwsCall<Client, Value>,
    signal: AbortSignal,
  ): Promise<CustomerAwsAnswer<Value>>;
}

export interface CustomerAwsService<Target, Client extends object> {
  readonly system: OutsideSystem;
  readonly credentials: CustomerAccountCredentials;
  readonly sessionOf: (target: Target) => CustomerSession;
  /** What a call is about, for the words of its failure. */
  readonly subjectOf: (target: Target) => string;
  readonly clientOf: (region: string, credentials: SessionCredentials) => Client;
}

export function createCustomerAwsCalls<Target, Client extends object>(
  service: CustomerAwsService<Target, Client>,
): CustomerAwsCalls<Target, Client> {
  // Making a client takes the SDK longer than a call. Credentials are of one session, and a session is of one region.
  const clients = new WeakMap<SessionCredentials, Client>();

  function clientFor({ region }: CustomerSession, credentials: SessionCredentials): Client {
    const client = clients.get(credentials) ?? service.clientOf(region, credentials);
    clients.set(credentials, client);
    return client;
  }

  return {
    async call(target, call, signal) {
      const session = service.sessionOf(target);
      for (let isRepeated = false; ; isRepeated = true) {
        const assumed = await service.credentials.assume(session, signal);
        if (assumed.kind === 'role-not-assumable') {
          return assumed;
        }
        try {
          const client = clientFor(session, assumed.credentials);
          return await answerOf(call, () => call.send(client, { abortSignal: signal }));
        } catch (error) {
          const attempted = `${call.action} on ${service.subjectOf(target)} in ${session.accountId}/${session.region}`;
          const failed = toOutsideCallError(error, { system: service.system, attempted });
          if (failed.failure !== 'unauthenticated' || isRepeated) {
            throw failed;
          }
          // Sessions can be revoked before they end: a new one decides.
          service.credentials.forget(session, assumed.credentials);
        }
      }
    },
  };
}

async function answerOf<Value>(
  call: Pick<CustomerAwsCall<unknown, Value>, 'action' | 'expects'>,
  send: () => Promise<Value>,
): Promise<CustomerAwsAnswer<Value>> {
  try {
    return { kind: 'answered', value: await send() };
  } catch (error) {
    const fault = readAwsFault(error);
    if (call.expects.includes(fault.code)) {
      return { kind: 'refused', fault };
    }
    if (isAccessDenied(fault)) {
      return { kind: 'forbidden', action: call.action, detail: fault.words };
    }
    throw error;
  }
}
