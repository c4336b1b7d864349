import { createEcrRegistry } from '../adapters/ecr-registry.ts';
import type { EcrRegistryAccess } from '../ports/ecr-registry.ts';
import type { AwsClients } from './aws-clients.ts';

/** Whose credentials assume the customers' roles, and where. */
export function customerAccounts(aws: AwsClients) {
  return { stsEndpoint: aws.endpoints?.sts, ...(aws.credentials && { credentials: aws.credentials }) };
}

/** By itself, so that the function that writes policies loads nothing of clusters and Git hosts. */
export function createEcrPort(aws: AwsClients = {}): EcrRegistryAccess {
  return createEcrRegistry({ ...customerAccounts(aws), ecrEndpoint: aws.endpoints?.ecr });
}
