/** Names of the Lambda service's errors that this engine uses; `@aws-sdk/client-lambda` knows each of them. */
export type ServiceErrorName =
  | 'DurableExecutionAlreadyStartedException'
  | 'InvalidParameterValueException'
  | 'InvalidRequestContentException'
  | 'ResourceNotFoundException'
  | 'ServiceException';

const statuses = {
  DurableExecutionAlreadyStartedException: 409,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  ResourceNotFoundException: 404,
  ServiceException: 500,
} as const satisfies Record<ServiceErrorName, number>;

/**
 * A refusal with the name, the text and the `$metadata` that the AWS SDK gives to the service's own: the durable
 * execution SDK takes its decisions from these three.
 */
export class ServiceError extends Error {
  override readonly name: ServiceErrorName;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: ServiceErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.$metadata = { httpStatusCode: statuses[name] };
  }
}
