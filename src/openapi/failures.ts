import type { FailureCode } from '../operations/operation-failures.ts';

/** What each code in an operation's `failure` means and what mends it; for `docs/errors.md`. */
export const failureTexts: Readonly<Record<FailureCode, { readonly means: string; readonly remedy: string }>> = {
  'role-not-assumable': {
    means: "Our role in the customer's account cannot be assumed.",
    remedy:
      "Create it with our principal and this customer's ExternalId in its trust policy (`status` of the account has both).",
  },
  'cluster-not-found': {
    means: 'EKS knows no cluster of that name in the account and region.',
    remedy: 'Register it again with the right `accountId`, `region` and `eksName`.',
  },
  'cluster-not-active': { means: 'EKS does not show the cluster as ACTIVE.', remedy: 'Wait until it does.' },
  'endpoint-private': {
    means: 'The cluster has a private endpoint only, and nothing of ours reaches it.',
    remedy: 'Attach the workers to a network that does, or enable the public endpoint for our addresses.',
  },
  'api-server-unreachable': {
    means: "The cluster's API server did not answer.",
    remedy: 'See whether it answers others, and whether its allow-list has our addresses.',
  },
  'kubernetes-version-unsupported': {
    means: 'The cluster runs a Kubernetes that this Flux does not support.',
    remedy: 'Upgrade it to 1.33 or newer.',
  },
  'not-cluster-admin': {
    means: 'The API server lets us in, but not as an administrator.',
    remedy: 'Associate AmazonEKSClusterAdminPolicy with our access entry, with cluster scope.',
  },
  'access-entry-missing': {
    means: 'The API server does not know our role.',
    remedy: 'Make an access entry for it, or set `access` to `managed`.',
  },
  'flux-owned-by-another': {
    means: "The cluster has a Flux that is not this customer's.",
    remedy: 'Uninstall it, or do not bootstrap this cluster.',
  },
  'flux-path-conflict': {
    means: 'The Flux in the cluster reads another folder.',
    remedy: 'Register the cluster under the id that its folder has.',
  },
  'flux-suspended': { means: 'Somebody suspended the sync.', remedy: 'Resume it (`flux resume`).' },
  'namespace-terminating': {
    means: 'The namespace flux-system is being deleted.',
    remedy: 'Wait until it is gone.',
  },
  'secret-not-ours': {
    means: 'The Secret flux-system holds credentials that we did not make, or a key that can write.',
    remedy: 'Remove it, or keep that installation and do not bootstrap this cluster.',
  },
  'cluster-replaced': {
    means: 'Another cluster stands under the name of the one that was bootstrapped.',
    remedy: 'If that is meant, call bootstrap with `{"replace": true}`.',
  },
  'repository-not-found': {
    means: 'There is no such repository, or we may not see it.',
    remedy: 'Create it, or give our user or App access.',
  },
  'branch-not-found': { means: 'The repository has no such branch.', remedy: 'Create it with a first commit.' },
  'push-not-allowed': { means: 'We may not push to the repository.', remedy: 'Give our user or App write access.' },
  'branch-protected': {
    means: 'A rule of the branch refuses a direct commit.',
    remedy: 'Let our user or App push to the branch in that rule.',
  },
  'deploy-keys-disabled': {
    means: 'We may not register deploy keys.',
    remedy: 'Allow deploy keys for the repository, and give us administration of it.',
  },
  'git-app-not-installed': {
    means: 'Our App is not installed for the repository, or its installation is suspended; the detail says which.',
    remedy: 'Install it for this repository, with read and write access to contents and administration.',
  },
  'host-key-unknown': {
    means: 'No SSH host key of the Git host is pinned in our settings, or the host showed Flux another one.',
    remedy: 'Set the keys that the host publishes; they are never scanned.',
  },
  'aws-permission-missing': {
    means: 'Our role lacks a permission in AWS.',
    remedy: "Allow the action that the detail names, in the role's policy.",
  },
  'spec-changed': {
    means: 'The customer was changed after the operation had been accepted.',
    remedy: 'Call again: the new operation takes it as it is now.',
  },
  'distribution-not-found': {
    means: 'There are no manifests of that Flux version that we can render.',
    remedy: 'Set `flux.version` to a version that Flux has published.',
  },
  'distribution-changed': {
    means: 'The manifests of the version are not those that were used first.',
    remedy: 'Find out who changed them; do not go on with them.',
  },
  'prune-not-allowed': {
    means: 'The new manifests no longer hold objects that Flux would then delete.',
    remedy: 'If that is meant, call bootstrap with `{"allowPrune": true}`.',
  },
  'repository-busy': {
    means: 'Others committed first each time that we wanted to, for some minutes.',
    remedy: 'Call again when fewer changes land.',
  },
  'principal-not-found': {
    means:
      'ECR knows no such principal: the role or account does not exist, or not yet. The other grants went through.',
    remedy: 'Create the role, or correct the grant. It is tried again by itself for 24 hours.',
  },
  'policy-too-large': {
    means: 'The policy of a repository has no room for the grant: ECR allows 10,240 characters.',
    remedy: 'Grant to an `organization` instead of many accounts or roles, or take out statements that are not ours.',
  },
  'policy-unreadable': {
    means: 'The policy of a repository is not one that we can read, so it is left alone.',
    remedy: 'Mend the policy, or remove it.',
  },
  'policy-refused': {
    means: 'ECR refuses the policy of a repository, and not for a principal of ours.',
    remedy: "See ECR's words; most often a statement that is not ours names a role that was deleted (`AROA…`).",
  },
  'policy-busy': {
    means: 'Other operations kept the policy of a repository for themselves all the time.',
    remedy: 'Call again when fewer grants change.',
  },
  'policy-unsettled': {
    means: 'ECR shows the policy of a repository in different states, one look after the other.',
    remedy: 'See who else changes it so often, then call again.',
  },
  'not-reconciled': {
    means: 'Flux did not become ready in ten minutes; the detail is what the object says of itself.',
    remedy: 'Mend that, then call again.',
  },
  'claim-lost': {
    means: 'Another operation has taken the cluster over.',
    remedy: 'See that one, and call again when it has ended.',
  },
  'deadline-exceeded': {
    means: 'The operation reached its deadline before a step could begin.',
    remedy: 'See what the earlier steps waited for, then call again.',
  },
  'engine-lost': {
    means: 'The execution behind the operation could not be started, or ended without a result.',
    remedy: 'Call again: what is done stays done.',
  },
  'aws-unavailable': { means: 'AWS did not answer.', remedy: 'Call again later.' },
  'git-host-unavailable': { means: 'The Git host did not answer.', remedy: 'Call again when it does.' },
  'flux-releases-unavailable': { means: "Flux's releases could not be fetched.", remedy: 'Call again later.' },
  'registry-unavailable': { means: 'Our own table or engine did not answer.', remedy: 'Call again later.' },
  'outside-call-refused': {
    means: 'A system refused a call; the detail has its words.',
    remedy: 'Give the permission or mend what the words name.',
  },
  'internal-error': {
    means: 'The step failed on our side.',
    remedy: 'Call again; if it fails the same way, tell the operators the operation id.',
  },
};
