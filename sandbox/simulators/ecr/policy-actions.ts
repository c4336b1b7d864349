import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { authorise } from './ecr-access.ts';
import { type EcrCall, repositoryAction, repositoryFields } from './ecr-action.ts';
import { invalidParameter } from './ecr-error.ts';
import { type EcrRepository, findRepository, replacePolicy } from './ecr-repository.ts';
import { shownPolicy, storedPolicy } from './policy-principals.ts';
import { formatPolicy } from './policy-text.ts';
import { readPolicyText, type RepositoryPolicy } from './repository-policy.ts';

/** ECR API reference, GetRepositoryPolicy, SetRepositoryPolicy and DeleteRepositoryPolicy. */

export const getRepositoryPolicy = repositoryAction(z.object(repositoryFields), (call, { repositoryName }) => {
  const repository = findRepository(call.world, call, repositoryName);
  const policy = call.isStale ? repository.previousPolicy : repository.policy;
  return answer(call, repository, policy);
});

/** Replaces the whole document; there is no revision and no condition. */
export const setRepositoryPolicy = repositoryAction(
  z.object({ ...repositoryFields, policyText: z.string(), force: z.boolean().default(false) }),
  (call, { repositoryName, policyText, force }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const policy = storedPolicy(call.world, repository, readPolicyText(policyText));
    if (!force && isLockedOutBy(call, repository, policy)) {
      // In the simulator's own words: what ECR says is not documented.
      throw invalidParameter('PolicyText', 'The policy would prevent you from setting another one, use force');
    }
    return answer(call, replacePolicy(call.world, repository, { policy, by: call.caller.arn }), policy);
  },
);

export const deleteRepositoryPolicy = repositoryAction(z.object(repositoryFields), (call, { repositoryName }) => {
  const repository = findRepository(call.world, call, repositoryName);
  const deleted = answer(call, repository, repository.policy);
  replacePolicy(call.world, repository, { policy: undefined, by: call.caller.arn });
  return deleted;
});

/** "… would prevent you from setting another policy in the future" (`force`); what cannot be decided on does not. */
function isLockedOutBy({ world, caller }: EcrCall, { arn }: EcrRepository, policy: RepositoryPolicy): boolean {
  try {
    authorise(world, caller, { action: 'ecr:SetRepositoryPolicy', resource: arn, policy });
    return false;
  } catch (error) {
    if (error instanceof AwsError) return error.code === 'AccessDeniedException';
    throw error;
  }
}

function answer(call: EcrCall, { name, accountId }: EcrRepository, policy: RepositoryPolicy | undefined): object {
  if (!policy) {
    const message = `Repository policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`;
    throw new AwsError(400, 'RepositoryPolicyNotFoundException', message);
  }
  const policyText = formatPolicy(shownPolicy(call.world, policy));
  return { registryId: accountId, repositoryName: name, policyText };
}
