import * as z from 'zod';
import type { InspectedRepository, RepositoryAddress } from '../ports/git-host.ts';
import {
  askGitea,
  type GiteaAnswer,
  type GiteaConnection,
  type GiteaRequest,
  isSuccess,
  parseAnswer,
  refusal,
} from './gitea-requests.ts';

const repositorySchema = z.object({
  archived: z.boolean().default(false),
  mirror: z.boolean().default(false),
  permissions: z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() }).nullish(),
});

const branchSchema = z.object({
  commit: z.object({ id: z.string().min(1) }),
  protected: z.boolean(),
  user_can_push: z.boolean(),
});

/** A branch as it concerns whoever holds the token. */
export interface GiteaBranch {
  readonly head: string;
  readonly isProtected: boolean;
  readonly allowsPush: boolean;
}

export function repositoryPath(repository: RepositoryAddress): string[] {
  return ['repos', repository.owner, repository.name];
}

export function nameOf(repository: RepositoryAddress): string {
  return `${repository.owner}/${repository.name}`;
}

/** What there is and what we may do there, in two requests at once. */
export async function inspectRepository(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; branch: string },
  signal: AbortSignal,
): Promise<InspectedRepository> {
  const request: GiteaRequest = {
    method: 'GET',
    path: repositoryPath(of.repository),
    attempted: `read the repository ${nameOf(of.repository)}`,
    signal,
  };
  const [answer, branch] = await Promise.all([askGitea(connection, request), findBranch(connection, of, signal)]);
  // A repository that was renamed redirects. Following it would mean to write to one that nobody bound to the customer.
  const isElsewhere = answer.status >= 300 && answer.status < 400;
  if (answer.status === 404 || isElsewhere) return { kind: 'repository-not-found' };
  if (!isSuccess(answer)) throw refusal(request, answer);
  if (branch === undefined) return { kind: 'branch-not-found' };

  const { permissions, archived, mirror } = parseAnswer(request, answer, repositorySchema);
  const protection = protectionOf({ archived, mirror, branch, name: of.branch });
  return {
    kind: 'found',
    head: branch.head,
    canPush: permissions?.push === true && !archived && !mirror && (branch.allowsPush || branch.isProtected),
    ...(protection === undefined ? {} : { protection }),
    // Keys are the business of the repository's administrators (routers/api/v1/api.go, `reqAdmin`).
    allowsDeployKeys: permissions?.admin === true,
  };
}

/** `undefined` when there is no such branch, no such repository, or nothing in it. */
export async function findBranch(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; branch: string },
  signal: AbortSignal,
): Promise<GiteaBranch | undefined> {
  const request: GiteaRequest = {
    method: 'GET',
    path: [...repositoryPath(of.repository), 'branches', ...of.branch.split('/')],
    attempted: `read the branch ${of.branch} of ${nameOf(of.repository)}`,
    signal,
  };
  const answer = await askGitea(connection, request);
  if (isAbsent(answer)) return undefined;
  if (!isSuccess(answer)) throw refusal(request, answer);
  const branch = parseAnswer(request, answer, branchSchema);
  return { head: branch.commit.id, isProtected: branch.protected, allowsPush: branch.user_can_push };
}

function isAbsent(answer: GiteaAnswer): boolean {
  return answer.status === 404 || (answer.status >= 300 && answer.status < 400);
}

function protectionOf(facts: {
  archived: boolean;
  mirror: boolean;
  branch: GiteaBranch;
  name: string;
}): string | undefined {
  if (facts.archived) return 'the repository is archived and takes no commits';
  if (facts.mirror) return 'the repository is a mirror and takes commits from its origin only';
  if (!facts.branch.isProtected || facts.branch.allowsPush) return undefined;
  return `the branch ${facts.name} is protected and does not let us push: add our user to those who may push to it`;
}
