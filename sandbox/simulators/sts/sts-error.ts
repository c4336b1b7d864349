import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as STS answers it. */
export class StsError extends Error {
  override readonly name = 'StsError';
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
