import type { ErrorCode, FieldError } from '../errors.ts';

/** What the contract and `docs/errors.md` say of a code. */
export interface ProblemText {
  /** An answer as it may come. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly usedBy?: readonly string[];
  /** What the caller does about it. */
  readonly remedy: string;
}

const operation = '/v1/customers/acme/operations/op-01jd6z5k8q3v9x7m2n4p6r8t0w';

/** One text for each code; a code without one does not compile. */
export const problemTexts: Readonly<Record<ErrorCode, ProblemText>> = {
  'invalid-request': {
    detail: 'The body is not valid: /flux/version is required.',
    errors: [{ pointer: '/flux/version', detail: 'is required' }],
    remedy: 'Mend what `errors` names: a field of the body by its JSON Pointer, a parameter by its name.',
  },
  'invalid-path': {
    detail: 'A path has characters of A-Z, a-z, 0-9, . _ - and / only, no //, and no part that begins with a dot.',
    remedy: 'Write the path plainly; ids that stand in it never need encoding.',
  },
  'invalid-page-token': {
    detail: 'pageToken is not one that this list gave for these filters; begin again without it.',
    errors: [
      {
        parameter: 'pageToken',
        detail: 'is not one that this list gave for these filters; begin again without it',
      },
    ],
    remedy:
      'Send `nextPageToken` of the page before to the same path with the same filters, or begin again without it.',
  },
  'not-found': {
    detail: 'The customer acme has no cluster production.',
    remedy: 'Check the ids in the path. What belongs to another customer does not exist either.',
  },
  'method-not-allowed': {
    detail: 'This resource takes DELETE, GET, HEAD, PUT.',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  conflict: {
    detail: 'Somebody changed the resource at the same moment. Read it again and repeat the request.',
    remedy: 'Read the resource again, see whether the change is still wanted, and repeat the request.',
  },
  'immutable-field': {
    detail: 'region cannot change. Register the other EKS cluster under an id of its own.',
    errors: [{ pointer: '/region', detail: 'is eu-west-1 and cannot change' }],
    remedy: 'Register the other EKS cluster under an id of its own; delete this one if it is not wanted any more.',
  },
  'repository-taken': {
    detail: 'The repository belongs to another customer, and a repository has one customer only.',
    errors: [{ pointer: '/repository', detail: 'belongs to another customer, and a repository has one customer only' }],
    remedy:
      'Name a repository of this customer. One that a deleted customer had is free again after five minutes at the latest.',
  },
  'account-taken': {
    detail: 'The account 111122223333 belongs to another customer, and an AWS account has one customer only.',
    errors: [{ parameter: 'account', detail: 'belongs to another customer, and an AWS account has one customer only' }],
    remedy:
      'Look at the account id. Has the account changed hands, the other customer deletes it first (operators find it with `GET /v1/clusters?accountId=…`); then it is free, after five minutes at the latest.',
  },
  'cluster-taken': {
    detail: 'This EKS cluster is registered already under another id; an EKS cluster has one id in the whole fleet.',
    errors: [
      {
        pointer: '/eksName',
        detail: 'is registered already under another id; an EKS cluster has one id in the whole fleet',
      },
    ],
    remedy:
      'Find it among your clusters (`GET …/clusters?accountId=…&eksName=…`; operators: `GET /v1/clusters`), and use or delete that one.',
  },
  'resource-in-use': {
    detail: 'The account 111122223333 is in use by /v1/customers/acme/clusters/production. Delete what uses it first.',
    usedBy: ['/v1/customers/acme/clusters/production'],
    remedy:
      'Delete what `usedBy` names first. For a cluster it names what we left there, which the API cannot remove yet: with `abandon=true` the cluster is forgotten and that stays.',
  },
  'operation-in-progress': {
    detail:
      'Operation op-01jd6z5k8q3v9x7m2n4p6r8t0w is working on this cluster towards another state, until 2027-01-01T00:30:00.000Z at the latest. Wait for it to end (see Location), then call again.',
    remedy: `Wait for the operation that \`Location\` names (such as \`${operation}\`) to end, or cancel it; then call again.`,
  },
  'operation-ended': {
    detail: 'The operation has ended already: it is SUCCEEDED.',
    remedy: 'Nothing is left to cancel: read the operation for what it came to.',
  },
  'precondition-failed': {
    detail: 'The resource is not the one that was read. Read it again and send its ETag in If-Match.',
    remedy:
      'Read the resource, and send its `ETag` in `If-Match`. With `If-None-Match: *`, somebody has created it before. After ' +
      'an answer that was lost, compare its `spec` first: the change may have been made.',
  },
  'payload-too-large': {
    detail: 'A body may have 65536 bytes at most.',
    remedy: 'Send a smaller body; no valid one comes near the limit.',
  },
  'unsupported-media-type': {
    detail: 'Send the body as application/json.',
    remedy: 'Send JSON, with `Content-Type: application/json`.',
  },
  'idempotency-key-reused': {
    detail:
      'This idempotency key was used within the last 24 hours for a request with another body, or before the specs that it acts on were changed. Send a new key.',
    remedy: 'Send a new key. A key stands for one request, with one body, on specs as they were.',
  },
  'git-host-unknown': {
    detail: 'repository.host is no configured Git host; there are: git.example.',
    errors: [{ pointer: '/repository/host', detail: 'is no configured Git host; there are: git.example' }],
    remedy: "Name one of the hosts that the answer lists, or have the host added to the installation's settings.",
  },
  'account-not-registered': {
    detail: 'accountId is no account of acme; register it first with PUT /v1/customers/acme/accounts/111122223333.',
    errors: [
      {
        pointer: '/accountId',
        detail: 'is no account of acme; register it first with PUT /v1/customers/acme/accounts/111122223333',
      },
    ],
    remedy: 'Register the account first, with the `PUT` that the answer names.',
  },
  'grant-without-effect': {
    detail: 'The grant would not give the right that it says: expiresAt has passed already.',
    errors: [{ pointer: '/expiresAt', detail: 'has passed already' }],
    remedy: 'Correct the fields that the answer names.',
  },
  'internal-error': {
    detail: 'The request failed on our side. Tell the operators of the API the request id.',
    remedy:
      'Tell the operators the request id; the log has the cause under it. A repeated PUT, DELETE or bootstrap does no harm.',
  },
  'service-unavailable': {
    detail: 'A service that the API needs does not answer now. Call again in a moment.',
    remedy: 'Call again after the seconds in `Retry-After`. A repeated PUT, DELETE or bootstrap does no harm.',
  },
};
