import type { Hono } from 'hono';

import type { AwsWorld, Session, TrailEntry } from '../aws-world.ts';
import { assumedRoleArn } from '../aws-world.ts';
import type { AnswerFields } from '../query-answers.ts';
import { type QueryCall, type QueryService, serveQuery } from '../query-call.ts';
import { createSimulatorApp } from '../simulator-app.ts';
import { assumeRole } from './assume-role.ts';
import { AwsError } from '../aws-error.ts';

const sts: QueryService = {
  service: 'sts',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  // aws/aws-cli#6676: "- 15 min."
  toleranceMinutes: 15,
  trailOf: ({ action, parameters }) => ({
    resource: parameters.get('RoleArn') ?? '*',
    ...(action === 'AssumeRole' && { requestParameters: roleParameters(parameters) }),
  }),
  perform,
};

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
  app.on(['GET', 'POST'], '/', (c) => serveQuery(world, c, sts));
  return app;
}

function roleParameters(parameters: URLSearchParams): NonNullable<TrailEntry['requestParameters']> {
  const externalId = parameters.get('ExternalId');
  return { roleSessionName: parameters.get('RoleSessionName') ?? '', ...(externalId !== null && { externalId }) };
}

function perform(world: AwsWorld, { action, parameters, caller }: QueryCall): AnswerFields {
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
