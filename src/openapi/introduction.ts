/** The head of the contract. */
export const introduction = {
  summary: "Runs a managed-Kubernetes provider's fleet of customers' EKS clusters",
  description: `Registers customers, their AWS accounts and their EKS clusters, and bootstraps Flux on a cluster as one
operation that goes on where it stopped; grants other AWS accounts access to the customers' ECR repositories.

- **Declare, then do.** \`PUT\` declares a resource (its body is the \`spec\`), \`GET\` answers \`{id, spec, status}\`.
  What takes longer is an operation: 202 with its \`Location\`; \`Prefer: wait=25\` holds the answer until it rests.
- **Calling again is safe.** The same \`PUT\` changes nothing, a second bootstrap joins the first one, and an
  \`Idempotency-Key\` answers with the operation that it began.
- **Nobody overwrites anybody.** \`If-Match\` with the \`ETag\` that was read guards \`PUT\` and \`DELETE\`;
  \`If-None-Match: *\` only creates.
- **Lists** have pages: \`nextPageToken\` goes into \`pageToken\`, with the same filters. A page may be short, even empty,
  as long as there is a token.
- **Errors** are problem documents (RFC 9457) with a \`code\` of a closed list; \`docs/errors.md\` has the remedy of each.
- **Unknown fields and parameters are refused by name**, and bodies are JSON of 64 KiB at the most. A later version may
  add fields to answers: read what you know.
- **An operation that failed is an answer, not an error**: 200 with \`state: FAILED\`. Look at \`state\`, not at the status.
- **Every GET is a HEAD as well**; other methods than those described are 405 with \`Allow\`. What API Gateway answers by
  itself (403, 429, 504) has a body of its own so far: try again after 429 and 504, as after 503.
- **Paths in bodies** (\`usedBy\`, \`resource\`) begin at \`/v1\`; \`Location\` has the stage before it.
- **Paths** have plain characters only. What belongs to another customer does not exist: 404.`,
  license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
};

export const tags = [
  { name: 'Customers', description: 'Tenants, each with one infrastructure repository.' },
  { name: 'Accounts', description: 'AWS accounts of a customer, entered through a role that the customer creates.' },
  { name: 'Clusters', description: 'EKS clusters, and Flux on them.' },
  { name: 'ECR access', description: "Other accounts' rights to the repositories of a customer's private registries." },
  { name: 'Operations', description: 'Long jobs, step by step, with evidence.' },
  { name: 'Events', description: 'The audit log.' },
  { name: 'Contract', description: 'This document.' },
] as const;
