import * as z from 'zod';
import type { InspectedRepository } from '../ports/git-host.ts';
import { findProtection } from './github-branch-rules.ts';
import { type GitHubRequest, isAbsent, nameOf, placeOf, readAnswer } from './github-requests.ts';
import { ask, type Entrance, type Visit } from './github-visits.ts';

const repositorySchema = z.object({ full_name: z.string(), archived: z.boolean().default(false) });
const branchSchema = z.object({ commit: z.object({ sha: z.string().min(1) }), protected: z.boolean().default(false) });
const refSchema = z.object({ object: z.object({ sha: z.string().min(1) }) });

/** What there is, and what the installation may do there. */
export async function inspectRepository(
  entrance: Entrance,
  branch: string,
  signal: AbortSignal,
): Promise<InspectedRepository> {
  if (entrance.kind !== 'installed') return entrance;
  const { visit } = entrance;
  const { permissions } = visit.installation;
  const [repository, found] = await Promise.all([findRepository(visit, signal), findBranch(visit, branch, signal)]);
  if (!repository) return { kind: 'repository-not-found' };
  if (!found) return { kind: 'branch-not-found' };
  const protection = repository.archived
    ? 'the repository is archived and takes no commits'
    : await findProtection(visit, { branch, isProtected: found.protected }, signal);
  return {
    kind: 'found',
    head: found.commit.sha,
    canPush: permissions['contents'] === 'write' && !repository.archived,
    ...(protection === undefined ? {} : { protection }),
    // Whether the organization forbids deploy keys is shown to its owners only: adding one tells.
    allowsDeployKeys: permissions['administration'] === 'write' && !repository.archived,
  };
}

async function findRepository(visit: Visit, signal: AbortSignal) {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}',
    parameters: placeOf(visit.repository),
    attempted: `read the repository ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  if (isAbsent(answer)) return undefined;
  const repository = readAnswer(request, answer, repositorySchema);
  // Whatever was followed on the way: one with another name is not the one that was bound to the customer.
  const isSame = repository.full_name.toLowerCase() === nameOf(visit.repository).toLowerCase();
  return isSame ? repository : undefined;
}

async function findBranch(visit: Visit, branch: string, signal: AbortSignal) {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/branches/{branch}',
    parameters: { ...placeOf(visit.repository), branch },
    attempted: `read the branch ${branch} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  // A branch that was renamed redirects as well.
  return isAbsent(answer) ? undefined : readAnswer(request, answer, branchSchema);
}

/** The commit that a branch stands at; `undefined` when there is no such branch, or nothing in the repository (409). */
export async function findHead(visit: Visit, branch: string, signal: AbortSignal): Promise<string | undefined> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
    parameters: { ...placeOf(visit.repository), ref: `heads/${branch}` },
    attempted: `read the head of ${branch} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  if (isAbsent(answer) || answer.status === 409) return undefined;
  return readAnswer(request, answer, refSchema).object.sha;
}
