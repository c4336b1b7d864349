import * as z from 'zod';
import type { AwsWorld, Caller } from '../aws-world.ts';
import { invalidParameter } from './ecr-error.ts';

/** One authorised call on one registry. */
export interface EcrCall {
  readonly world: AwsWorld;
  readonly caller: Caller;
  readonly region: string;
  /** Whose registry it is. */
  readonly registryId: string;
  /** To be answered from before the last change, if it is a read that may be. */
  readonly isStale: boolean;
}

/** A call, read. */
export interface ReadRequest {
  /** The caller's own unless it is said. */
  readonly registryId: string | undefined;
  /**
   * What IAM decides on (service authorization reference, "Amazon Elastic Container Registry"): each of these
   * repositories, all of the registry, or no repository at all.
   */
  readonly repositories: readonly string[] | 'all' | 'none';
  readonly perform: (call: EcrCall) => object;
}

export type EcrAction = (body: unknown) => ReadRequest;

const namePattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** ECR API reference, CreateRepository. */
export const name = z
  .string()
  .min(2)
  .max(256)
  .regex(namePattern, `must satisfy regular expression '${namePattern.source}'`);

export const registryId = z
  .string()
  .regex(/^\d{12}$/, "must satisfy regular expression '[0-9]{12}'")
  .optional();

export function ecrAction<Body extends { registryId?: string | undefined }>(
  body: z.ZodType<Body>,
  {
    repositories,
    perform,
  }: {
    readonly repositories: (body: Body) => ReadRequest['repositories'];
    readonly perform: (call: EcrCall, body: Body) => object;
  },
): EcrAction {
  return (given) => {
    const read = body.safeParse(given);
    if (!read.success) {
      const [issue] = read.error.issues;
      throw invalidParameter(issue?.path.join('.') ?? '', issue?.message ?? '');
    }
    return {
      registryId: read.data.registryId,
      repositories: repositories(read.data),
      perform: (call) => perform(call, read.data),
    };
  };
}

/** What every call on one repository says. */
export const repositoryFields = { registryId, repositoryName: name };

/** An action on one repository. */
export function repositoryAction<
  Body extends { readonly registryId?: string | undefined; readonly repositoryName: string },
>(body: z.ZodType<Body>, perform: (call: EcrCall, body: Body) => object): EcrAction {
  return ecrAction(body, { repositories: ({ repositoryName }) => [repositoryName], perform });
}
