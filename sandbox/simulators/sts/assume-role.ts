import { randomBytes } from 'node:crypto';

import type { AwsWorld, Caller, Role, Session } from '../aws-world.ts';
import { accountRoot, makeAwsId, refusalOf } from '../aws-world.ts';
import type { PolicyDocument, PolicyStatement } from '../iam-policy.ts';
import { decideAmong, policyDocument } from '../iam-policy.ts';
import { AwsError } from '../aws-error.ts';

export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly durationSeconds: number;
  readonly policy: string | undefined;
}

const maxPolicyCharacters = 2048;
const chainedSessionSeconds = 3600;

/**
 * Issues a session or throws the error that STS documents. That a role does not exist, that it does not trust the
 * caller and that the ExternalId is another one all look the same from outside: AccessDenied.
 *
 * Source: STS API reference, AssumeRole; IAM user guide, "Access to AWS accounts owned by third parties".
 */
export function assumeRole(world: AwsWorld, caller: Caller, request: AssumeRoleRequest): Session {
  const sessionPolicy = checkParameters(request);
  const role = world.roles.get(request.roleArn);
  const access = {
    action: 'sts:AssumeRole',
    resource: request.roleArn,
    context: { ...(request.externalId !== undefined && { 'sts:ExternalId': request.externalId }) },
  };
  if (!role || refusalOf(caller, access) !== undefined || !isTrusted(role, caller, request.externalId)) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${request.roleArn}`;
    throw new AwsError(403, 'AccessDenied', message);
  }
  checkDuration(role, caller, request.durationSeconds);
  const session: Session = {
    accessKeyId: makeAwsId('ASIA'),
    secretAccessKey: randomBytes(30).toString('base64'),
    // As long as real ones are; AWS says only that the size may vary.
    sessionToken: randomBytes(600).toString('base64'),
    expiration: new Date(Math.floor(world.now().getTime() / 1000 + request.durationSeconds) * 1000),
    roleArn: role.arn,
    roleId: role.roleId,
    sessionName: request.sessionName,
    sessionPolicy,
  };
  world.sessions.set(session.accessKeyId, session);
  return session;
}

function checkParameters(request: AssumeRoleRequest): PolicyDocument | undefined {
  const { roleArn, sessionName, externalId, durationSeconds, policy } = request;
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(roleArn) || roleArn.length > 2048) {
    throw new AwsError(400, 'ValidationError', `${roleArn} is invalid`);
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw invalidValue(sessionName, 'roleSessionName', 'satisfy regular expression pattern: [\\w+=,.@-]{2,64}');
  }
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw invalidValue(externalId, 'externalId', 'satisfy regular expression pattern: [\\w+=,.@:\\/-]{2,1224}');
  }
  if (!(durationSeconds >= 900 && durationSeconds <= 43_200)) {
    throw invalidValue(String(durationSeconds), 'durationSeconds', 'have value between 900 and 43200');
  }
  if (policy === undefined) {
    return undefined;
  }
  if (policy.length > maxPolicyCharacters) {
    throw invalidValue('policy', 'policy', `have length less than or equal to ${maxPolicyCharacters}`);
  }
  return readPolicy(policy);
}

function readPolicy(text: string): PolicyDocument {
  try {
    return policyDocument.parse(JSON.parse(text));
  } catch {
    throw new AwsError(400, 'MalformedPolicyDocument', 'This policy contains invalid Json');
  }
}

function invalidValue(value: string, name: string, rule: string): AwsError {
  const message = `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must ${rule}`;
  return new AwsError(400, 'ValidationError', message);
}

function checkDuration(role: Role, caller: Caller, durationSeconds: number): void {
  if (durationSeconds > role.maxSessionSeconds) {
    const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
    throw new AwsError(400, 'ValidationError', message);
  }
  if (caller.roleArn !== undefined && durationSeconds > chainedSessionSeconds) {
    const message = 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining';
    throw new AwsError(400, 'ValidationError', message);
  }
}

function isTrusted(role: Role, caller: Caller, externalId: string | undefined): boolean {
  const context = {
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    'aws:PrincipalArn': caller.roleArn ?? caller.arn,
    'aws:PrincipalAccount': caller.accountId,
  };
  const statements = role.trustPolicy.Statement.filter((statement) => names(statement, caller));
  return decideAmong(statements, { action: 'sts:AssumeRole', resource: role.arn, context }) === 'allow';
}

/** An account stands for all identities in it that its own policies let assume the role. */
function names({ Principal }: PolicyStatement, caller: Caller): boolean {
  const own = new Set(['*', caller.arn, caller.roleArn, caller.accountId, accountRoot(caller.arn)]);
  return (Principal?.AWS ?? []).some((principal) => own.has(principal));
}
