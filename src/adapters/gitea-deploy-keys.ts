import * as z from 'zod';
import { parseSshPublicKey, withoutComment } from '../deploy-keys/ssh-public-key.ts';
import type { AddedDeployKey, DeployKey, RepositoryAddress } from '../ports/git-host.ts';
import {
  askGitea,
  type GiteaConnection,
  type GiteaRequest,
  isSuccess,
  parseAnswer,
  refusal,
  unreadable,
} from './gitea-requests.ts';
import { nameOf, repositoryPath } from './gitea-repository.ts';

const deployKeySchema = z.object({
  id: z.number(),
  title: z.string(),
  key: z.string(),
  read_only: z.boolean(),
});

/** Gitea's default for `[api] MAX_RESPONSE_ITEMS`; a smaller one of the server only makes more pages. */
const keysPerPage = 50;
const mostPages = 200;

export async function listDeployKeys(
  connection: GiteaConnection,
  repository: RepositoryAddress,
  signal: AbortSignal,
): Promise<readonly DeployKey[]> {
  const keys: DeployKey[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const request = listRequest(repository, page, signal);
    const answer = await askGitea(connection, request);
    if (!isSuccess(answer)) throw refusal(request, answer);
    const read = parseAnswer(request, answer, z.array(deployKeySchema));
    keys.push(...read.map((key) => toDeployKey(key)));
    if (read.length === 0 || keys.length >= (answer.totalCount ?? Number.POSITIVE_INFINITY)) return keys;
  }
  throw unreadable(listRequest(repository, mostPages, signal), 'the repository has more deploy keys than we list');
}

function listRequest(repository: RepositoryAddress, page: number, signal: AbortSignal): GiteaRequest {
  return {
    method: 'GET',
    path: [...repositoryPath(repository), 'keys'],
    query: { limit: keysPerPage, page },
    attempted: `list the deploy keys of ${nameOf(repository)}`,
    signal,
  };
}

/**
 * Registers a key that can only read. Gitea takes one key for several repositories: `in-use` means here, or as a
 * user's key.
 */
export async function addDeployKey(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; title: string; publicKey: string },
  signal: AbortSignal,
): Promise<AddedDeployKey> {
  const request: GiteaRequest = {
    method: 'POST',
    path: [...repositoryPath(of.repository), 'keys'],
    body: { title: of.title, key: of.publicKey, read_only: true },
    attempted: `add a deploy key to ${nameOf(of.repository)}`,
    signal,
  };
  const answer = await askGitea(connection, request);
  const { status, words } = answer;
  // routers/api/v1/repo/key.go: the other reasons for 422 are a bad key and a title that is taken.
  if (status === 422 && /already been added|used as non-deploy key/i.test(words)) {
    return { kind: 'in-use', detail: words };
  }
  if (status === 422 && /ssh is disabled/i.test(words)) return { kind: 'deploy-keys-disabled', detail: words };
  if (status === 403) return { kind: 'deploy-keys-disabled', detail: words || 'only administrators add deploy keys' };
  if (!isSuccess(answer)) throw refusal(request, answer);
  const key = toDeployKey(parseAnswer(request, answer, deployKeySchema));
  if (!key.isReadOnly) throw unreadable(request, 'the key was registered with the right to write');
  return { kind: 'added', key };
}

/** Removes the key with this id; gone already is success. */
export async function removeDeployKey(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; id: string },
  signal: AbortSignal,
): Promise<void> {
  const request: GiteaRequest = {
    method: 'DELETE',
    path: [...repositoryPath(of.repository), 'keys', of.id],
    attempted: `remove the deploy key ${of.id} of ${nameOf(of.repository)}`,
    signal,
  };
  const answer = await askGitea(connection, request);
  if (!isSuccess(answer) && answer.status !== 404) throw refusal(request, answer);
}

function toDeployKey(key: z.output<typeof deployKeySchema>): DeployKey {
  const parsed = parseSshPublicKey(key.key);
  return {
    id: String(key.id),
    title: key.title,
    publicKey: parsed ? withoutComment(parsed) : key.key,
    isReadOnly: key.read_only,
  };
}
