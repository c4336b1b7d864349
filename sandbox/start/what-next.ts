import type { Example } from '../example.ts';
import { exampleRepository } from '../example.ts';

export interface Places {
  readonly apiUrl: string;
  readonly worldUrl: string;
  readonly example: Example;
}

/** What to look at and to try, as commands that can be pasted from top to bottom. */
export function whatNext({ apiUrl, worldUrl, example }: Places): string {
  const customer = `${apiUrl}/v1/customers/${example.customer.id}`;
  const cluster = `${customer}/clusters/${example.cluster.id}`;
  const kubernetes = `${worldUrl}/_world/kubernetes/${example.cluster.id}`;
  const deployment = 'apiVersion=apps/v1&kind=Deployment&namespace=flux-system&name=source-controller';
  const branch = `${worldUrl}/_world/github/repositories/${exampleRepository.owner}/${exampleRepository.name}/protections/main`;
  const wait = `-H 'Prefer: wait=25'`;
  return `What to look at (the contract is at ${apiUrl}/openapi.yaml):
  curl -s ${customer}/clusters                                   # 200: the list
  curl -s ${cluster}/flux                                        # 200: Flux as it is in the cluster now
  curl -s ${cluster}/deploy-keys                                 # 200: our keys at the Git host
  curl -s ${customer}/events                                     # 200: who changed what

Twice is once: nothing is left to do.
  curl -s -X POST ${cluster}/plan                                # 200: what a bootstrap would change
  curl -s -X POST ${wait} ${cluster}/bootstrap                   # 200: SUCCEEDED, most steps SKIPPED

Break something in the cluster, and repair it.
  curl -s -X DELETE '${kubernetes}/objects?${deployment}'        # 204: one of Flux's controllers is gone
  curl -s ${cluster}/flux                                        # 200: it shows
  curl -s -X POST ${wait} ${cluster}/bootstrap                   # 200: SUCCEEDED
  curl -s '${kubernetes}/objects?${deployment}'                  # 200: it is back

A refusal comes before anything is changed, with a remedy.
  curl -s -X PUT -d '{"requiredReviews": 1}' ${branch}           # 204: pushes to the branch need a review
  curl -s -X POST ${cluster}/plan                                # 200: the check branch-rules FAILs
  curl -s -X DELETE ${branch}                                    # 204

Cancel a running operation: EKS is made slow for it.
  curl -s -X PUT -d '[{"action": "eks:DescribeCluster", "delayMilliseconds": 3000}]' ${worldUrl}/_world/faults   # 204
  operation=$(curl -s -i -X POST ${cluster}/bootstrap | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')              # 202
  curl -s -X POST ${wait} "${apiUrl}$operation/cancel"           # 200: CANCELLED

Forget the cluster.
  curl -s -X DELETE ${cluster}                                   # 409: resource-in-use, with what we left in it
  curl -s -X DELETE '${cluster}?abandon=true'                    # 200: what stays there
`.replaceAll(/ {2,}#/g, '  #');
}
