import type { Context, Hono } from 'hono';

import type { SignatureFault, SignedRequest } from '../aws-signature.ts';
import { verifySignature } from '../aws-signature.ts';
import type { AwsWorld, Caller, Session, TrailEntry } from '../aws-world.ts';
import { assumedRoleArn } from '../aws-world.ts';
import { withFaults } from '../faults.ts';
import { onTrail } from '../signed-call.ts';
import { createSimulatorApp } from '../simulator-app.ts';
import { assumeRole } from './assume-role.ts';
import { formatAnswer, formatError } from './sts-answers.ts';
import type { AnswerFields } from './sts-answers.ts';
import { AwsError } from '../aws-error.ts';

/** STS's date tolerance (aws/aws-cli#6676: "- 15 min."). */
const toleranceMinutes = 15;

/**
 * Codes and statuses of refused signatures (STS API reference, "Common Error Types"). A date too far away is
 * SignatureDoesNotMatch in practice (aws/aws-cli#6676), although RequestExpired is documented.
 */
const signatureErrors = {
  missing: { status: 403, code: 'MissingAuthenticationToken' },
  incomplete: { status: 400, code: 'IncompleteSignature' },
  'unknown-key': { status: 403, code: 'InvalidClientTokenId' },
  'wrong-session-token': { status: 403, code: 'InvalidClientTokenId' },
  'session-expired': { status: 403, code: 'ExpiredToken' },
  'not-current': { status: 403, code: 'SignatureDoesNotMatch' },
  'wrong-scope': { status: 403, code: 'SignatureDoesNotMatch' },
  mismatch: { status: 403, code: 'SignatureDoesNotMatch' },
} as const satisfies Record<SignatureFault, { status: 400 | 403; code: string }>;

/**
 * STS's query API (version 2011-06-15): AssumeRole and GetCallerIdentity, by POST and by (presigned) GET, answered in
 * XML, or in JSON to those who ask with `Accept: application/json`, as aws-iam-authenticator does.
 */
export function createStsSimulator(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  // The SDK corrects a wrong clock by it.
  app.use(async (c, next) => {
    await next();
    c.header('date', world.now().toUTCString());
  });
  app.on(['GET', 'POST'], '/', async (c) => {
    try {
      return answer(c, await handle(world, await readRequest(c)));
    } catch (error) {
      if (error instanceof AwsError) {
        const { body, contentType } = formatError(error, wantsJson(c));
        return new Response(body, { status: error.status, headers: { 'content-type': contentType } });
      }
      throw error;
    }
  });
  return app;
}

interface StsAnswer {
  readonly action: string;
  readonly fields: AnswerFields;
}

async function handle(world: AwsWorld, request: SignedRequest): Promise<StsAnswer> {
  const parameters = request.method === 'POST' ? new URLSearchParams(request.body) : request.url.searchParams;
  const action = parameters.get('Action') ?? '';
  return withFaults(world, `sts:${action}`, {
    perform: async () => ({ action, fields: await authorisedFields(world, request, { action, parameters }) }),
    refuse({ status, code, message }) {
      throw new AwsError(status, code, message);
    },
  });
}

async function authorisedFields(
  world: AwsWorld,
  request: SignedRequest,
  { action, parameters }: { readonly action: string; readonly parameters: URLSearchParams },
): Promise<AnswerFields> {
  const verified = verifySignature(world, request, { service: 'sts', toleranceMinutes });
  if (verified.kind === 'refused') {
    const { status, code } = signatureErrors[verified.fault];
    throw new AwsError(status, code, verified.message);
  }
  const { caller } = verified;
  const resource = parameters.get('RoleArn') ?? '*';
  const entry = {
    ...{ action: `sts:${action}`, resource, caller: caller.arn },
    ...(action === 'AssumeRole' && { requestParameters: roleParameters(parameters) }),
  };
  return onTrail(world, entry, () => perform(world, { action, parameters, caller }));
}

function roleParameters(parameters: URLSearchParams): NonNullable<TrailEntry['requestParameters']> {
  const externalId = parameters.get('ExternalId');
  return { roleSessionName: parameters.get('RoleSessionName') ?? '', ...(externalId !== null && { externalId }) };
}

function perform(
  world: AwsWorld,
  request: { readonly action: string; readonly parameters: URLSearchParams; readonly caller: Caller },
): AnswerFields {
  const { action, parameters, caller } = request;
  switch (action) {
    case 'GetCallerIdentity':
      // Needs no right, not even one that a session policy would have to leave (STS API reference).
      return { Arn: caller.arn, UserId: caller.userId, Account: caller.accountId };
    case 'AssumeRole':
      return assumedRoleFields(
        assumeRole(world, caller, {
          roleArn: parameters.get('RoleArn') ?? '',
          sessionName: parameters.get('RoleSessionName') ?? '',
          externalId: parameters.get('ExternalId') ?? undefined,
          durationSeconds: Number(parameters.get('DurationSeconds') ?? 3600),
          policy: parameters.get('Policy') ?? undefined,
        }),
      );
    default:
      throw new AwsError(400, 'InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
  }
}

function assumedRoleFields(session: Session): AnswerFields {
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiration.toISOString(),
    },
    AssumedRoleUser: {
      AssumedRoleId: `${session.roleId}:${session.sessionName}`,
      Arn: assumedRoleArn(session.roleArn, session.sessionName),
    },
  };
}

async function readRequest(c: Context): Promise<SignedRequest> {
  const { method, headers, url } = c.req.raw;
  return { method, headers, url: new URL(url), body: await c.req.text() };
}

function wantsJson(c: Context): boolean {
  return c.req.header('accept') === 'application/json';
}

function answer(c: Context, { action, fields }: StsAnswer): Response {
  const { body, contentType } = formatAnswer(action, fields, wantsJson(c));
  return c.body(body, 200, { 'content-type': contentType });
}
