import type { ResourceBody } from '../../src/http/resource-answer.ts';

/** The body of a resource that was read or written. */
export async function resourceOf(response: Response): Promise<ResourceBody> {
  return (await response.json()) as ResourceBody;
}

export interface OperationBody {
  readonly id: string;
  readonly state: string;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

export async function operationOf(response: Response): Promise<OperationBody> {
  return (await response.json()) as OperationBody;
}
