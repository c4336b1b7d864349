/** An independent evaluator of IAM policies, asked about one repository. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { registry } from './ecr-grants.ts';

export const repositoryArn = `arn:aws:ecr:${registry.region}:${registry.accountId}:repository/team/api`;

const allOfEcr = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };

export interface Question {
  /** ARN of an identity, or a service. */
  readonly principal: string;
  readonly action: string;
  /** Text of the repository's policy. */
  readonly policy: string | undefined;
  /** Without: the identity's own policies allow all of ECR. */
  readonly identityPolicies?: readonly unknown[];
  readonly boundary?: unknown;
  readonly context?: Readonly<Record<string, string>>;
}

export async function judge(question: Question): Promise<'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied'> {
  const { principal, action, policy, identityPolicies = [allOfEcr], boundary, context = {} } = question;
  const result = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource: repositoryArn, accountId: registry.accountId },
        contextVariables: { ...context },
      },
      identityPolicies: identityPolicies.map((document, index) => ({ name: `policy-${index}`, policy: document })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(boundary !== undefined && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(policy !== undefined && { resourcePolicy: JSON.parse(policy) }),
    },
    {},
  );
  if (result.resultType !== 'single') throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result.overallResult;
}
