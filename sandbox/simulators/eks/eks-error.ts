/** An error as EKS answers it: the code in a header, the words in the body. */
export class EksError extends Error {
  override readonly name = 'EksError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function notFound(message: string): EksError {
  return new EksError(404, 'ResourceNotFoundException', message);
}

export function invalidParameter(message: string): EksError {
  return new EksError(400, 'InvalidParameterException', message);
}
