const principal = 'account 222233334444';
const verifiedEcrGrant = {
  observedAt: '2027-01-02T00:00:00.000Z',
  reachability: { isReachable: true },
  tested: 'The policies were evaluated as AWS documents it. Nothing was pulled or pushed.',
  repositories: [
    {
      repository: 'team/api',
      verdict: 'UNKNOWN',
      missing: [],
      parts: [
        { part: 'repository-policy', result: 'ALLOWED', detail: 'Statement FleetApiPull allows it.' },
        {
          part: 'identity-policy',
          result: 'UNKNOWN',
          detail: `The grant is to ${principal} as a whole: which of its identities can use it, their own policies say.`,
        },
        { part: 'key-policy', result: 'NOT_NEEDED', detail: 'No key of KMS is known to encrypt it.' },
      ],
      notAllowed: [{ action: 'ecr:BatchGetImage', principal, verdict: 'UNKNOWN' }],
    },
  ],
  hasMore: false,
  notSeen: ['The policy of the registry as a whole, which can allow or deny more.'],
};

const ecrAccess = {
  repository: 'team/api',
  observedAt: '2027-01-02T00:00:00.000Z',
  reachability: { isReachable: true },
  policy: { statements: 2, bytesUsed: 612, bytesAllowed: 10_240 },
  entries: [
    {
      principal: { type: 'AWS', value: 'arn:aws:iam::777788889999:root' },
      access: 'partial',
      actions: ['ecr:BatchGetImage', 'ecr:PutImage'],
      statement: { index: 0, sid: 'ci', isOurs: false },
      isOrphaned: false,
    },
    {
      principal: { type: 'AWS', value: 'arn:aws:iam::222233334444:root' },
      access: 'pull',
      statement: { index: 1, sid: 'FleetApiPull', isOurs: true },
      grants: ['staging-pull'],
      isOrphaned: false,
    },
  ],
  denies: [],
  notSeen: ['Identities of account 333344445555 itself need no statement here: policies of their own are enough.'],
};

/** Under the names of `answerBodies`. */
export const ecrAccessExamples = { VerifiedEcrGrant: verifiedEcrGrant, EcrAccess: ecrAccess };
