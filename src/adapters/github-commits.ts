import * as z from 'zod';
import { OutsideCallError } from '../errors.ts';
import { gitBlobId, objectFormatOf } from '../flux-bootstrap/git-blob-id.ts';
import type { CommitOutcome, CommitRequest, FileChange } from '../ports/git-host.ts';
import { findProtection } from './github-branch-rules.ts';
import { listFolder } from './github-files.ts';
import { findHead } from './github-repository.ts';
import {
  failed,
  type GitHubAnswer,
  type GitHubRequest,
  isAbsent,
  isSuccess,
  nameOf,
  placeOf,
  readAnswer,
  refusal,
} from './github-requests.ts';
import { ask, read, spend, type Visit } from './github-visits.ts';

/** Tree, commit and ref. */
const requestsPerCommit = 3;

const createdSchema = z.object({ sha: z.string().min(1) });
const commitSchema = z.object({ tree: z.object({ sha: z.string().min(1) }) });
const movedSchema = z.object({ object: createdSchema });
const logSchema = z.array(createdSchema);

/**
 * One commit with all changes on top of the branch, or nothing. The tree is read by commit id; the branch is moved from
 * that commit only as a fast-forward, so whatever was pushed meanwhile, or was not seen because a read was behind, makes
 * GitHub refuse: a conflict, as is a change to what we replace.
 */
export async function commitFiles(visit: Visit, request: CommitRequest, signal: AbortSignal): Promise<CommitOutcome> {
  const { permissions } = visit.installation;
  if (permissions['contents'] !== 'write') {
    return { kind: 'push-not-allowed', detail: 'the installation grants the App no write access to contents' };
  }
  const head = await findHead(visit, request.branch, signal);
  if (head === undefined) return conflict(`there is no branch ${request.branch} any more`);
  if ((await request.isStillWanted?.()) === false) return { kind: 'called-off' };
  const attempt = await commitOnto(visit, { request, head }, signal);
  if (attempt.kind !== 'overtaken') return attempt;
  const after = await findHead(visit, request.branch, signal);
  // A read that is behind: on that commit the next try would be refused as well.
  if (after === head) throw behind(visit, request);
  return conflict(`the branch ${request.branch} has moved from ${head} to ${after}`);
}

function conflict(detail: string): CommitOutcome {
  return { kind: 'conflict', detail };
}

function behind(visit: Visit, request: CommitRequest): OutsideCallError {
  const attempted = `commit to ${request.branch} of ${nameOf(visit.repository)}`;
  return failed(
    { attempted },
    { failure: 'server-error', answer: 'GitHub still shows the head that it refused to build on' },
  );
}

interface Attempt {
  readonly request: CommitRequest;
  readonly head: string;
}

type Attempted = CommitOutcome | { readonly kind: 'overtaken' };

async function commitOnto(visit: Visit, { request, head }: Attempt, signal: AbortSignal): Promise<Attempted> {
  const present = await listFolder(visit, { commit: head, folder: '' }, signal);
  const changed = request.changes.find(({ path, replacesBlob }) => present.get(path) !== replacesBlob);
  if (changed) return conflict(`${changed.path} has changed since it was read`);
  const changes = request.changes.filter((change) => !changesNothing(change));
  if (changes.length === 0) return { kind: 'committed', commit: head };

  const what = `commit ${changes.length} files to ${request.branch} of ${nameOf(visit.repository)}`;
  const base = await readCommit(visit, head, signal);
  await spend(visit, requestsPerCommit, { attempted: what });
  const write = (route: string, parameters: object): GitHubRequest => ({
    route,
    parameters: { ...placeOf(visit.repository), ...parameters },
    attempted: what,
    signal,
  });
  const tree = await create(visit, write('POST /repos/{owner}/{repo}/git/trees', treeBody(base, changes)));
  if (tree.kind !== 'created') return tree.outcome;
  // Neither author nor committer: GitHub signs only what an App commits as itself.
  const body = { message: request.message, tree: tree.sha, parents: [head] };
  const commit = await create(visit, write('POST /repos/{owner}/{repo}/git/commits', body));
  if (commit.kind !== 'created') return commit.outcome;
  const ref = { ref: `heads/${request.branch}`, sha: commit.sha, force: false };
  return moveBranch(visit, { request, commit: commit.sha }, write('PATCH /repos/{owner}/{repo}/git/refs/{ref}', ref));
}

function changesNothing({ content, replacesBlob }: FileChange): boolean {
  return replacesBlob !== undefined && replacesBlob === gitBlobId(content, objectFormatOf(replacesBlob));
}

function treeBody(base: string, changes: readonly FileChange[]): object {
  const tree = changes.map(({ path, content }) => ({ path, mode: '100644', type: 'blob', content }));
  return { base_tree: base, tree };
}

/** Id of a commit's tree. */
async function readCommit(visit: Visit, commit: string, signal: AbortSignal): Promise<string> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
    parameters: { ...placeOf(visit.repository), commit_sha: commit },
    attempted: `read the commit ${commit} of ${nameOf(visit.repository)}`,
    signal,
  };
  return (await read(visit, request, commitSchema)).tree.sha;
}

type Created =
  | { readonly kind: 'created'; readonly sha: string }
  | { readonly kind: 'not-created'; readonly outcome: CommitOutcome };

/** Objects that nothing points to yet: made twice, they do no harm. */
async function create(visit: Visit, request: GitHubRequest): Promise<Created> {
  const answer = await ask(visit, 'committing', request);
  if (isSuccess(answer)) return { kind: 'created', sha: readAnswer(request, answer, createdSchema).sha };
  // 409: there is nothing in the repository any more.
  if (isAbsent(answer) || answer.status === 409) return { kind: 'not-created', outcome: conflict(answer.words) };
  if (isMissingOurs(answer)) throw notYetKnown(request, answer);
  if (answer.status !== 403) throw refusal(request, answer);
  return { kind: 'not-created', outcome: { kind: 'push-not-allowed', detail: answer.words } };
}

/** What was made or read a moment ago is not known yet where this request came to. */
function isMissingOurs({ status, words }: GitHubAnswer): boolean {
  return status === 422 && /(object|tree sha|parent sha) does not exist/i.test(words);
}

function notYetKnown(request: GitHubRequest, { status, words }: GitHubAnswer): OutsideCallError {
  return failed(request, { failure: 'server-error', status, answer: words });
}

async function moveBranch(
  visit: Visit,
  { request, commit }: { request: CommitRequest; commit: string },
  update: GitHubRequest,
): Promise<Attempted> {
  try {
    const answer = await ask(visit, 'committing', update);
    if (!isSuccess(answer)) return await whyRefused(visit, { request, update, answer });
    readAnswer(update, answer, movedSchema);
    return { kind: 'committed', commit };
  } catch (error) {
    const mayHaveMoved = error instanceof OutsideCallError && error.retryable && error.failure !== 'throttled';
    if (!mayHaveMoved || !(await hasCommit(visit, { branch: request.branch, commit }, update.signal))) throw error;
    return { kind: 'committed', commit };
  }
}

/** The answer was lost: the branch itself tells, even when others have committed on top since. */
async function hasCommit(
  visit: Visit,
  { branch, commit }: { branch: string; commit: string },
  signal: AbortSignal,
): Promise<boolean> {
  const head = await findHead(visit, branch, signal);
  if (head === undefined || head === commit) return head === commit;
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/commits',
    parameters: { ...placeOf(visit.repository), sha: head, per_page: 100 },
    attempted: `see whether ${branch} of ${nameOf(visit.repository)} has ${commit}`,
    signal,
  };
  return (await read(visit, request, logSchema)).some(({ sha }) => sha === commit);
}

interface Refused {
  readonly request: CommitRequest;
  readonly update: GitHubRequest;
  readonly answer: GitHubAnswer;
}

/** Rules answer 422, 409 or 403, and only GitHub's text tells them from the rest. */
async function whyRefused(visit: Visit, { request, update, answer }: Refused): Promise<Attempted> {
  const { status, words } = answer;
  if (isAbsent(answer) || /reference does not exist/i.test(words)) return conflict(words);
  const isRule = /rule violation|protected|pull request|status check|not authorized to push|locked|restricted/i;
  if ((status === 422 || status === 409 || status === 403) && isRule.test(words)) {
    return { kind: 'branch-protected', detail: await withRuleName(visit, request.branch, { words, update }) };
  }
  // The second one is said of pushes at the same moment; whether the branch moved, its head tells.
  if (/not a fast[ -]forward|reference cannot be updated/i.test(words)) return { kind: 'overtaken' };
  if (status === 403) return { kind: 'push-not-allowed', detail: words };
  if (status === 409) return conflict(words);
  if (isMissingOurs(answer)) throw notYetKnown(update, answer);
  throw refusal(update, answer);
}

async function withRuleName(
  visit: Visit,
  branch: string,
  { words, update }: { words: string; update: GitHubRequest },
): Promise<string> {
  const said = words.replaceAll(/\s+/g, ' ');
  // What GitHub said is known already: a question that fails must not hide it.
  const rule = await findProtection(visit, { branch, isProtected: true }, update.signal).catch(() => undefined);
  return rule === undefined ? said : `${rule} (${said})`;
}
