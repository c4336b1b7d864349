import * as z from 'zod';
import { isSameSshPublicKey, parseSshPublicKey, withoutComment } from '../deploy-keys/ssh-public-key.ts';
import type { AddedDeployKey, DeployKey } from '../ports/git-host.ts';
import {
  failed,
  type GitHubRequest,
  isSuccess,
  nameOf,
  placeOf,
  readAnswer,
  refusal,
  unreadable,
} from './github-requests.ts';
import { ask, read, spend, type Visit } from './github-visits.ts';

const deployKeySchema = z.object({ id: z.number(), title: z.string(), key: z.string(), read_only: z.boolean() });

/** GitHub's most. */
const keysPerPage = 100;
const mostPages = 100;
const noAdministration = 'the installation grants the App no write access to administration';

export async function listDeployKeys(visit: Visit, signal: AbortSignal): Promise<readonly DeployKey[]> {
  const attempted = `list the deploy keys of ${nameOf(visit.repository)}`;
  if (visit.installation.permissions['administration'] === undefined) {
    throw failed({ attempted }, { failure: 'forbidden', answer: noAdministration });
  }
  const keys: DeployKey[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const request: GitHubRequest = {
      route: 'GET /repos/{owner}/{repo}/keys',
      parameters: { ...placeOf(visit.repository), per_page: keysPerPage, page },
      attempted,
      signal,
    };
    const found = await read(visit, { ...request, purpose: 'reading settings' }, z.array(deployKeySchema));
    keys.push(...found.map((key) => toDeployKey(key)));
    if (found.length < keysPerPage) return keys;
  }
  throw failed({ attempted }, { failure: 'protocol', answer: 'the repository has more deploy keys than we list' });
}

/** Registers a key that can only read. GitHub knows a key once: in one repository, or as one user's. */
export async function addDeployKey(
  visit: Visit,
  { title, publicKey }: { readonly title: string; readonly publicKey: string },
  signal: AbortSignal,
): Promise<AddedDeployKey> {
  if (visit.installation.permissions['administration'] !== 'write') {
    return { kind: 'deploy-keys-disabled', detail: noAdministration };
  }
  const request: GitHubRequest = {
    route: 'POST /repos/{owner}/{repo}/keys',
    parameters: { ...placeOf(visit.repository), title, key: publicKey, read_only: true },
    attempted: `add a deploy key to ${nameOf(visit.repository)}`,
    signal,
  };
  await spend(visit, 1, request);
  const answer = await ask(visit, 'managing keys', request);
  const { status, words } = answer;
  if (status === 422 && /already in use/i.test(words)) return { kind: 'in-use', detail: words };
  if (status === 422 && /deploy keys are disabled/i.test(words)) return { kind: 'deploy-keys-disabled', detail: words };
  if (status === 403) return { kind: 'deploy-keys-disabled', detail: words };
  const key = toDeployKey(readAnswer(request, answer, deployKeySchema));
  if (!key.isReadOnly) throw unreadable(request, 'the key was registered with the right to write');
  if (!isSameSshPublicKey(key.publicKey, publicKey)) throw unreadable(request, 'another key was registered');
  return { kind: 'added', key };
}

/** Removes the key with this id; gone already is success. */
export async function removeDeployKey(visit: Visit, id: string, signal: AbortSignal): Promise<void> {
  const request: GitHubRequest = {
    route: 'DELETE /repos/{owner}/{repo}/keys/{key_id}',
    parameters: { ...placeOf(visit.repository), key_id: id },
    attempted: `remove the deploy key ${id} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'managing keys', request);
  if (!isSuccess(answer) && answer.status !== 404) throw refusal(request, answer);
}

function toDeployKey({ id, title, key, read_only: isReadOnly }: z.output<typeof deployKeySchema>): DeployKey {
  const parsed = parseSshPublicKey(key);
  return { id: String(id), title, publicKey: parsed ? withoutComment(parsed) : key, isReadOnly };
}
