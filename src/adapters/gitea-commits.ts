import * as z from 'zod';
import { OutsideCallError } from '../errors.ts';
import { gitBlobId, objectFormatOf } from '../flux-bootstrap/git-blob-id.ts';
import type { CommitOutcome, CommitRequest, FileChange, RepositoryAddress } from '../ports/git-host.ts';
import {
  askGitea,
  type GiteaAnswer,
  type GiteaConnection,
  type GiteaRequest,
  isSuccess,
  parseAnswer,
  refusal,
} from './gitea-requests.ts';
import { findBranch, nameOf, repositoryPath } from './gitea-repository.ts';

const committedSchema = z.object({ commit: z.object({ sha: z.string().min(1) }) });
const logSchema = z.array(z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }));

/** Who stands in the history; the email address is that of the token's user. */
const author = { name: 'Fleet API' };

interface Target extends CommitRequest {
  readonly repository: RepositoryAddress;
}

/**
 * One commit with all changes, or nothing: Gitea checks each file against the blob that we read, and the branch
 * against the commit that it built on. A change to what is there already is left out, because Gitea would make a
 * commit of it all the same; when no change is left, the branch's head is the answer.
 */
export async function commitFiles(
  connection: GiteaConnection,
  target: Target,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  const before = await findBranch(connection, target, signal);
  if (before === undefined) return { kind: 'conflict', detail: `there is no branch ${target.branch} any more` };
  const changes = target.changes.filter((change) => !changesNothing(change));
  if (changes.length === 0) return { kind: 'committed', commit: before.head };
  if ((await target.isStillWanted?.()) === false) return { kind: 'called-off' };

  const request = commitRequest({ ...target, changes }, signal);
  try {
    const answer = await askGitea(connection, request);
    if (!isSuccess(answer)) return await whyRefused(connection, { target, request, answer });
    return { kind: 'committed', commit: parseAnswer(request, answer, committedSchema).commit.sha };
  } catch (error) {
    // A push that is overtaken between Gitea's own clone and its push is a bare 500 there (`ErrPushOutOfDate`,
    // routers/api/v1/repo/file.go): that the branch has moved tells it from a server that is broken.
    if (!(error instanceof OutsideCallError) || error.failure !== 'server-error') throw error;
    const after = await findBranch(connection, target, signal);
    if (after === undefined || after.head === before.head) throw error;
    return { kind: 'conflict', detail: `the branch ${target.branch} has moved from ${before.head} to ${after.head}` };
  }
}

function changesNothing({ content, replacesBlob }: FileChange): boolean {
  return replacesBlob !== undefined && replacesBlob === gitBlobId(content, objectFormatOf(replacesBlob));
}

function commitRequest(target: Target, signal: AbortSignal): GiteaRequest {
  return {
    method: 'POST',
    path: [...repositoryPath(target.repository), 'contents'],
    body: {
      branch: target.branch,
      message: target.message,
      author,
      committer: author,
      // Never `upload`, and never `update` without `sha`: both overwrite whatever is there.
      files: target.changes.map(({ path, content, replacesBlob }) => ({
        path,
        content: Buffer.from(content, 'utf8').toString('base64'),
        ...(replacesBlob === undefined ? { operation: 'create' } : { operation: 'update', sha: replacesBlob }),
      })),
    },
    attempted: `commit ${target.changes.length} files to ${target.branch} of ${nameOf(target.repository)}`,
    signal,
  };
}

interface Refused {
  readonly target: Target;
  readonly request: GiteaRequest;
  readonly answer: GiteaAnswer;
}

async function whyRefused(connection: GiteaConnection, { target, request, answer }: Refused): Promise<CommitOutcome> {
  const { status, words } = answer;
  if (status === 422 && /sha does not match|already exists/i.test(words)) return { kind: 'conflict', detail: words };
  // A file that we would replace is gone, or the branch, or the repository: reading again tells which.
  if (status === 404) return { kind: 'conflict', detail: words };
  if (status === 423) return { kind: 'push-not-allowed', detail: words || 'the repository is archived' };
  if (status === 403) return whyForbidden(connection, { target, request, answer });
  throw refusal(request, answer);
}

/**
 * 403 has many reasons, and only its text tells them apart (services/repository/files/update.go, modules/git/repo.go):
 * another push came first, the branch or a path is protected, or we have no right to write at all.
 */
async function whyForbidden(connection: GiteaConnection, { target, request, answer }: Refused): Promise<CommitOutcome> {
  const detail = answer.words || 'the push was rejected';
  if (/cannot lock ref|fetch first|non-fast-forward/i.test(detail)) return { kind: 'conflict', detail };
  if (/path is protected/i.test(detail)) return { kind: 'branch-protected', detail };
  if (/permission to write|required scope/i.test(detail)) return { kind: 'push-not-allowed', detail };

  const branch = await findBranch(connection, target, request.signal);
  if (branch?.isProtected) return { kind: 'branch-protected', detail };
  if (branch?.allowsPush !== true) return { kind: 'push-not-allowed', detail };
  // Git rejected it without a word of a hook, on a branch that we may push to: somebody else was first.
  if (/^(the )?push (is|was) rejected$/i.test(detail)) return { kind: 'conflict', detail };
  return { kind: 'branch-protected', detail };
}

/** The newest commit of the branch that touched the path; `undefined` when none did. */
export async function lastCommit(
  connection: GiteaConnection,
  of: { repository: RepositoryAddress; branch: string; path: string },
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly message: string } | undefined> {
  const request: GiteaRequest = {
    method: 'GET',
    path: [...repositoryPath(of.repository), 'commits'],
    // The whole name of the ref: a tag called like the branch would be taken first.
    query: {
      sha: `refs/heads/${of.branch}`,
      ...(of.path === '' ? {} : { path: of.path }),
      ...{ limit: 1, stat: false, verification: false, files: false },
    },
    attempted: `read the last commit of ${of.branch} in ${nameOf(of.repository)} to ${of.path}`,
    signal,
  };
  const answer = await askGitea(connection, request);
  // 404: no commit touched the path; 409: the repository is empty.
  if (answer.status === 404 || answer.status === 409) return undefined;
  if (!isSuccess(answer)) throw refusal(request, answer);
  const [newest] = parseAnswer(request, answer, logSchema);
  return newest && { commit: newest.sha, message: newest.commit.message };
}
