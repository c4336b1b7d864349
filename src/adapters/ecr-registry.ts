import {
  DeleteRepositoryPolicyCommand,
  DescribeRepositoriesCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Repository } from '@aws-sdk/client-ecr';

import { OutsideCallError } from '../errors.ts';
import type {
  EcrRegistryAccess,
  EcrRepository,
  EcrTarget,
  ListedRepositories,
  ReadPolicy,
  WrittenPolicy,
} from '../ports/ecr-registry.ts';
import { createCustomerAccountCredentials } from './customer-account-credentials.ts';
import type { CustomerAccountOptions } from './customer-account-credentials.ts';
import { createEcrCalls } from './ecr-calls.ts';
import type { EcrCall } from './ecr-calls.ts';

type RepositoryPlace = EcrTarget & { readonly repository: string };

export interface EcrRegistryOptions extends CustomerAccountOptions {
  /** Where ECR listens when it is not AWS. */
  readonly ecrEndpoint?: string | undefined;
}

/** The way into customers' registries over STS and ECR. One instance serves all customers of a process. */
export function createEcrRegistry(options: EcrRegistryOptions = {}): EcrRegistryAccess {
  const ask = createEcrCalls(createCustomerAccountCredentials(options), options);

  return {
    listRepositories: (target, after, signal) => ask(target, listing(target, after), signal),
    readPolicy(target, repository, signal) {
      const place = { ...target, repository };
      return ask(place, reading(place), signal);
    },
    writePolicy(target, { repository, text }, signal) {
      const place = { ...target, repository };
      return ask(place, writing(place, text), signal);
    },
    deletePolicy(target, repository, signal) {
      const place = { ...target, repository };
      return ask(place, deleting(place), signal);
    },
  };
}

function listing(target: EcrTarget, after: string | undefined): EcrCall<ListedRepositories> {
  return {
    action: 'ecr:DescribeRepositories',
    async send(client, sending) {
      const page = new DescribeRepositoriesCommand({ registryId: target.accountId, nextToken: after });
      const { repositories = [], nextToken: next } = await client.send(page, sending);
      return { kind: 'listed', repositories: repositories.map(readRepository), next };
    },
    refused: {},
  };
}

function reading(place: RepositoryPlace): EcrCall<ReadPolicy> {
  return {
    action: 'ecr:GetRepositoryPolicy',
    async send(client, sending) {
      const { policyText } = await client.send(new GetRepositoryPolicyCommand(named(place)), sending);
      return { kind: 'read', text: requireText(policyText) };
    },
    refused: { ...missing, RepositoryPolicyNotFoundException: () => ({ kind: 'read' }) },
  };
}

function writing(place: RepositoryPlace, policyText: string): EcrCall<WrittenPolicy> {
  return {
    action: 'ecr:SetRepositoryPolicy',
    async send(client, sending) {
      // Without `force`: ECR refuses a document that would keep its owner from setting another.
      await client.send(new SetRepositoryPolicyCommand({ ...named(place), policyText }), sending);
      return { kind: 'written' };
    },
    refused: { ...missing, InvalidParameterException: ({ words }) => ({ kind: 'policy-refused', detail: words }) },
  };
}

function deleting(place: RepositoryPlace): EcrCall<WrittenPolicy> {
  return {
    action: 'ecr:DeleteRepositoryPolicy',
    async send(client, sending) {
      await client.send(new DeleteRepositoryPolicyCommand(named(place)), sending);
      return { kind: 'written' };
    },
    refused: { ...missing, RepositoryPolicyNotFoundException: () => ({ kind: 'written' }) },
  };
}

const missing = { RepositoryNotFoundException: () => ({ kind: 'repository-missing' as const }) };

/** By the account always: a role of another account is refused, and not served its own registry. */
function named({ accountId, repository }: RepositoryPlace) {
  return { registryId: accountId, repositoryName: repository };
}

/** No text is not "no policy": taken for that, the next write would remove the statements of others. */
function requireText(text: string | undefined): string {
  if (text === undefined) {
    throw unreadable('ecr:GetRepositoryPolicy', 'the text of the policy');
  }
  return text;
}

function readRepository({ repositoryName, repositoryArn, encryptionConfiguration }: Repository): EcrRepository {
  if (!repositoryName || !repositoryArn) {
    throw unreadable('ecr:DescribeRepositories', 'the name or the ARN of a repository');
  }
  return { name: repositoryName, arn: repositoryArn, kmsKeyArn: encryptionConfiguration?.kmsKey };
}

function unreadable(attempted: string, what: string): OutsideCallError {
  return new OutsideCallError({ system: 'ecr', failure: 'protocol', attempted, answer: `the answer lacks ${what}` });
}
