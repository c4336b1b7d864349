import { AwsError } from '../aws-error.ts';

/** In ECR's words (hashicorp/terraform-provider-aws#39064). */
export function invalidParameter(parameter: string, constraint: string): AwsError {
  const message = `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;
  return new AwsError(400, 'InvalidParameterException', message);
}

/** The form of the document (awsdocs/amazon-ecr-user-guide#20); ECR does not say what is wrong with it. */
export function invalidPolicy(): AwsError {
  return invalidParameter('PolicyText', 'Invalid repository policy provided');
}

/** Some principal of the document; ECR does not say which (hashicorp/terraform-provider-aws#39064). */
export function principalNotFound(): AwsError {
  return invalidParameter('PolicyText', 'Principal not found');
}

export function repositoryNotFound({ name, registryId }: { name: string; registryId: string }): AwsError {
  const message = `The repository with name '${name}' does not exist in the registry with id '${registryId}'`;
  return new AwsError(400, 'RepositoryNotFoundException', message);
}

/** Not an answer of ECR's: the simulator's own rules end here, and it does not guess. The SDK does not try again. */
export function cannotDecide(what: string): AwsError {
  return new AwsError(501, 'SimulatorCannotDecide', `The simulator of ECR does not know how to decide on ${what}.`);
}
