import type { Hono } from 'hono';
import { AwsError } from '../aws-error.ts';
import type { AwsWorld, Role } from '../aws-world.ts';
import { accountOf, refusalOf } from '../aws-world.ts';
import type { PolicyDocument } from '../iam-policy.ts';
import type { AnswerFields } from '../query-answers.ts';
import { type QueryCall, type QueryService, serveQuery } from '../query-call.ts';
import { createSimulatorApp } from '../simulator-app.ts';

const version = '2010-05-08';
/** A role of the world has one policy of its own, which stands here under this name. */
const inlinePolicyName = 'inline';
/** "IAM might return fewer than the `MaxItems` number of results, even when there are more results available". */
const pageSize = 2;
const longAgo = new Date('2026-01-01T00:00:00Z');

const iam: QueryService = {
  service: 'iam',
  toleranceMinutes: 5,
  namespace: `https://iam.amazonaws.com/doc/${version}/`,
  trailOf: ({ parameters }) => ({ resource: parameters.get('PolicyArn') ?? parameters.get('RoleName') ?? '*' }),
  perform(world, call) {
    const action = actions.get(call.action);
    if (!action) {
      throw new AwsError(400, 'InvalidAction', `Could not find operation ${call.action} for version ${version}`);
    }
    return action(world, call);
  },
};

/**
 * IAM's query API as far as it shows what a role may do, each account its own (IAM API reference). Requests that are not
 * for IAM's version go on to the next: STS has the same path.
 */
export function createIamSimulator(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  app.post('/', async (c, next) => {
    if (new URLSearchParams(await c.req.text()).get('Version') !== version) return next();
    const answer = await serveQuery(world, c, iam);
    // The SDK corrects a wrong clock by it.
    answer.headers.set('date', world.now().toUTCString());
    return answer;
  });
  return app;
}

type Action = (world: AwsWorld, call: QueryCall) => AnswerFields;

const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    GetRole: ofRole((role) => ({ Role: formatRole(role) })),
    ListRolePolicies: ofRole(() => ({ PolicyNames: [inlinePolicyName], IsTruncated: 'false' })),
    GetRolePolicy: ofRole((role, { parameters }) => {
      const PolicyName = parameters.get('PolicyName') ?? '';
      if (PolicyName !== inlinePolicyName) throw notFound(`The role policy with name ${PolicyName} cannot be found.`);
      return { RoleName: nameOf(role.arn), PolicyName, PolicyDocument: encode(role.policy) };
    }),
    ListAttachedRolePolicies: ofRole(({ attachedPolicies = [] }, { parameters }) => {
      const from = Number(parameters.get('Marker') ?? 0);
      const to = from + pageSize;
      return {
        AttachedPolicies: attachedPolicies.slice(from, to).map((arn) => ({ PolicyName: nameOf(arn), PolicyArn: arn })),
        ...(to < attachedPolicies.length ? { IsTruncated: 'true', Marker: String(to) } : { IsTruncated: 'false' }),
      };
    }),
    GetPolicy: ofPolicy((arn) => ({
      Policy: { PolicyName: nameOf(arn), Arn: arn, DefaultVersionId: 'v1', IsAttachable: 'true' },
    })),
    GetPolicyVersion: ofPolicy((arn, document, { parameters }) => {
      const VersionId = parameters.get('VersionId') ?? '';
      if (VersionId !== 'v1') throw notFound(`Policy ${arn} version ${VersionId} does not exist or is not attachable.`);
      return { PolicyVersion: { Document: encode(document), VersionId, IsDefaultVersion: 'true' } };
    }),
  } satisfies Record<string, Action>),
);

/** By name, in the caller's own account; what IAM decides on is the role's ARN, with its path if it is there. */
function ofRole(answer: (role: Role, call: QueryCall) => AnswerFields): Action {
  return (world, call) => {
    const name = call.parameters.get('RoleName') ?? '';
    const { accountId } = call.caller;
    const role = [...world.roles.values()].find(({ arn }) => accountOf(arn) === accountId && nameOf(arn) === name);
    authorise(call, role?.arn ?? `arn:aws:iam::${accountId}:role/${name}`);
    if (!role) throw notFound(`The role with name ${name} cannot be found.`);
    return answer(role, call);
  };
}

/** Of the caller's account or, as AWS's own, of `aws`. */
function ofPolicy(answer: (arn: string, document: PolicyDocument, call: QueryCall) => AnswerFields): Action {
  return (world, call) => {
    const arn = call.parameters.get('PolicyArn') ?? '';
    authorise(call, arn);
    const document = ['aws', call.caller.accountId].includes(accountOf(arn))
      ? world.managedPolicies.get(arn)
      : undefined;
    if (!document) throw notFound(`Policy ${arn} was not found.`);
    return answer(arn, document, call);
  };
}

function authorise({ action, caller }: QueryCall, resource: string): void {
  const refusal = refusalOf(caller, { action: `iam:${action}`, resource });
  if (refusal !== undefined) throw new AwsError(403, 'AccessDenied', refusal);
}

function formatRole(role: Role): AnswerFields {
  const { arn, roleId, trustPolicy, maxSessionSeconds, createdAt = longAgo, permissionsBoundary: boundary } = role;
  return {
    ...{ Path: arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1), RoleName: nameOf(arn), RoleId: roleId, Arn: arn },
    ...{ CreateDate: createdAt.toISOString(), AssumeRolePolicyDocument: encode(trustPolicy) },
    MaxSessionDuration: String(maxSessionSeconds),
    ...(boundary !== undefined && {
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary },
    }),
  };
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** "Policies returned by this operation are URL-encoded compliant with RFC 3986" (IAM API reference, GetRolePolicy). */
function encode(document: PolicyDocument): string {
  return encodeURIComponent(JSON.stringify(document));
}

function notFound(message: string): AwsError {
  return new AwsError(404, 'NoSuchEntity', message);
}
