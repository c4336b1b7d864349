import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { IAMClientConfig } from '@aws-sdk/client-iam';

import { OutsideCallError } from '../errors.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import type { IamPolicies, IamPolicy, IamTarget, ReadRolePolicies } from '../ports/iam-policies.ts';
import { awsAttempts, awsRequestLimits } from './aws-attempts.ts';
import { createCustomerAccountCredentials } from './customer-account-credentials.ts';
import type { CustomerAccountOptions } from './customer-account-credentials.ts';
import { createCustomerAwsCalls } from './customer-aws-calls.ts';
import type { CustomerAwsCall, CustomerAwsCalls, CustomerAwsRefusal } from './customer-aws-calls.ts';
import { iamSession } from './iam-session.ts';

export interface IamPoliciesOptions extends CustomerAccountOptions {
  /** Where IAM listens when it is not AWS. */
  readonly iamEndpoint?: string | undefined;
}

/** Documents of one role that are fetched at once. */
const atOnce = 8;

/** The way to the policies of roles in customers' accounts. One instance serves all customers of a process. */
export function createIamPolicies(options: IamPoliciesOptions = {}): IamPolicies {
  const { iamEndpoint } = options;
  const settings: IAMClientConfig = {
    maxAttempts: awsAttempts,
    requestHandler: options.requestHandler ?? awsRequestLimits,
    ...(iamEndpoint && { endpoint: iamEndpoint }),
  };
  // One handler for all clients: connections are shared, credentials never are.
  const { requestHandler } = new IAMClient({ ...settings, region: 'us-east-1' }).config;
  const calls = createCustomerAwsCalls<IamTarget, IAMClient>({
    system: 'iam',
    credentials: createCustomerAccountCredentials(options),
    sessionOf: iamSession,
    subjectOf: ({ roleName }) => roleName,
    clientOf: (region, credentials) => new IAMClient({ ...settings, region, credentials, requestHandler }),
  });
  return {
    async readRolePolicies(target, signal) {
      try {
        return await readRole(askerOf(calls, target, signal), target.roleName);
      } catch (error) {
        if (error instanceof NoAnswer) return error.outcome;
        throw error;
      }
    },
  };
}

/** The call was not answered, and what that means for the whole. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly outcome: CustomerAwsRefusal | { readonly kind: 'role-missing' };

  constructor(outcome: NoAnswer['outcome']) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

type Ask = <Value>(action: string, send: CustomerAwsCall<IAMClient, Value>['send']) => Promise<Value>;

/** Only of the role itself is it an answer that there is none: what is gone while we read on was there a moment before. */
function askerOf(calls: CustomerAwsCalls<IamTarget, IAMClient>, target: IamTarget, signal: AbortSignal): Ask {
  return async (action, send) => {
    const answer = await calls.call(target, { action, send, expects: ['NoSuchEntityException'] }, signal);
    if (answer.kind === 'answered') return answer.value;
    if (answer.kind !== 'refused') throw new NoAnswer(answer);
    if (action !== 'iam:GetRole') throw lacking(action, answer.fault.words);
    throw new NoAnswer({ kind: 'role-missing' });
  };
}

async function readRole(ask: Ask, RoleName: string): Promise<ReadRolePolicies> {
  const { Role: role } = await ask('iam:GetRole', (client, sending) =>
    client.send(new GetRoleCommand({ RoleName }), sending),
  );
  const arn = required(role?.Arn, 'iam:GetRole', 'the ARN of the role');
  const boundaryArn = role?.PermissionsBoundary?.PermissionsBoundaryArn;
  const [names, attached] = await Promise.all([ownPolicies(ask, RoleName), attachedPolicies(ask, RoleName)]);
  const [own, managed, boundary] = await Promise.all([
    mapAtMost(atOnce, names, (name) => ownPolicy(ask, RoleName, name)),
    mapAtMost(atOnce, attached, (policyArn) => managedPolicy(ask, policyArn)),
    boundaryArn === undefined ? undefined : managedPolicy(ask, boundaryArn),
  ]);
  return { kind: 'read', arn, policies: [...own, ...managed], boundary };
}

function ownPolicies(ask: Ask, RoleName: string): Promise<readonly string[]> {
  return everyPage(async (Marker) => {
    const page = await ask('iam:ListRolePolicies', (client, sending) =>
      client.send(new ListRolePoliciesCommand({ RoleName, Marker }), sending),
    );
    return { items: page.PolicyNames ?? [], next: page.IsTruncated === true ? page.Marker : undefined };
  });
}

function attachedPolicies(ask: Ask, RoleName: string): Promise<readonly string[]> {
  return everyPage(async (Marker) => {
    const action = 'iam:ListAttachedRolePolicies';
    const page = await ask(action, (client, sending) =>
      client.send(new ListAttachedRolePoliciesCommand({ RoleName, Marker }), sending),
    );
    const items = (page.AttachedPolicies ?? []).map(({ PolicyArn }) => required(PolicyArn, action, 'an ARN'));
    return { items, next: page.IsTruncated === true ? page.Marker : undefined };
  });
}

async function everyPage(
  read: (
    marker: string | undefined,
  ) => Promise<{ readonly items: readonly string[]; readonly next?: string | undefined }>,
): Promise<readonly string[]> {
  const all: string[] = [];
  let marker: string | undefined;
  do {
    const { items, next } = await read(marker);
    all.push(...items);
    marker = next;
  } while (marker !== undefined);
  return all;
}

async function ownPolicy(ask: Ask, RoleName: string, PolicyName: string): Promise<IamPolicy> {
  const action = 'iam:GetRolePolicy';
  const { PolicyDocument } = await ask(action, (client, sending) =>
    client.send(new GetRolePolicyCommand({ RoleName, PolicyName }), sending),
  );
  return { name: PolicyName, text: decoded(PolicyDocument, action) };
}

async function managedPolicy(ask: Ask, PolicyArn: string): Promise<IamPolicy> {
  const { Policy } = await ask('iam:GetPolicy', (client, sending) =>
    client.send(new GetPolicyCommand({ PolicyArn }), sending),
  );
  const VersionId = required(Policy?.DefaultVersionId, 'iam:GetPolicy', 'the default version');
  const action = 'iam:GetPolicyVersion';
  const { PolicyVersion } = await ask(action, (client, sending) =>
    client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }), sending),
  );
  return { name: PolicyArn, text: decoded(PolicyVersion?.Document, action) };
}

/** "Policies returned by this operation are URL-encoded compliant with RFC 3986" (IAM API reference, GetRolePolicy). */
function decoded(document: string | undefined, action: string): string {
  const text = required(document, action, 'the document');
  try {
    return decodeURIComponent(text);
  } catch {
    throw lacking(action, 'the document is not encoded as it should be');
  }
}

function required(value: string | undefined, action: string, what: string): string {
  if (value === undefined) throw lacking(action, `the answer lacks ${what}`);
  return value;
}

function lacking(attempted: string, answer: string): OutsideCallError {
  return new OutsideCallError({ system: 'iam', failure: 'protocol', attempted, answer });
}
