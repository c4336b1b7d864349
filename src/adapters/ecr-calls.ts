import { ECRClient } from '@aws-sdk/client-ecr';
import type { ECRClientConfig } from '@aws-sdk/client-ecr';

import { OutsideCallError } from '../errors.ts';
import type { EcrShut, EcrTarget } from '../ports/ecr-registry.ts';
import { awsAttempts, awsRequestLimits } from './aws-attempts.ts';
import type { AwsFault } from './aws-call-errors.ts';
import type { CustomerAccountCredentials } from './customer-account-credentials.ts';
import { createCustomerAwsCalls } from './customer-aws-calls.ts';
import type { CustomerAwsCall } from './customer-aws-calls.ts';
import { ecrSession } from './ecr-session.ts';

/** A registry, or a repository in it. */
type EcrPlace = EcrTarget & { readonly repository?: string };

export interface EcrCall<Outcome> extends Omit<CustomerAwsCall<ECRClient, Outcome>, 'expects'> {
  /** By ECR's codes: refusals that are answers to the caller, not errors. */
  readonly refused: Readonly<Record<string, (fault: AwsFault) => Outcome>>;
}

export type AskEcr = <Outcome>(
  place: EcrPlace,
  call: EcrCall<Outcome>,
  signal: AbortSignal,
) => Promise<Outcome | EcrShut>;

/** Calls ECR in the customer's account with a session that is narrowed to the policies of its repositories. */
export function createEcrCalls(
  credentials: CustomerAccountCredentials,
  options: {
    readonly ecrEndpoint?: string | undefined;
    readonly requestHandler?: ECRClientConfig['requestHandler'];
  },
): AskEcr {
  const settings: ECRClientConfig = {
    maxAttempts: awsAttempts,
    requestHandler: options.requestHandler ?? awsRequestLimits,
    ...(options.ecrEndpoint && { endpoint: options.ecrEndpoint }),
  };
  // One handler for all clients: connections to a region's ECR endpoint are shared, credentials never are.
  const { requestHandler } = new ECRClient({ ...settings, region: 'us-east-1' }).config;
  const calls = createCustomerAwsCalls<EcrPlace, ECRClient>({
    system: 'ecr',
    credentials,
    sessionOf: ecrSession,
    subjectOf: ({ repository }) => repository ?? 'the registry',
    clientOf: (region, session) => new ECRClient({ ...settings, region, credentials: session, requestHandler }),
  });

  return async (place, { action, send, refused }, signal) => {
    const answer = await calls.call(place, { action, send, expects: Object.keys(refused) }, signal);
    switch (answer.kind) {
      case 'answered':
        return answer.value;
      case 'refused':
        return outcomeOf(refused, action, answer.fault);
      case 'role-not-assumable':
      case 'forbidden':
        return answer;
    }
  };
}

function outcomeOf<Outcome>(refused: EcrCall<Outcome>['refused'], attempted: string, fault: AwsFault): Outcome {
  const outcome = refused[fault.code];
  if (!outcome) throw new OutsideCallError({ system: 'ecr', failure: 'rejected', attempted, answer: fault.words });
  return outcome(fault);
}
