import * as z from 'zod';
import { exampleGrant, exampleImages, exampleStaging } from '../example-grant.ts';
import type { ApiCalls } from './api-calls.ts';
import { createRole } from './customer-role.ts';
import { policyLines, pullLines } from './grant-lines.ts';
import { lookAtImages, type SeenImages } from './images.ts';
import { operationLines, operationSchema, type ShownOperation } from './operation-lines.ts';
import type { StagingOptions } from './staging-pull.ts';
import type { Terminal } from './terminal.ts';

export interface GrantingOptions extends StagingOptions {
  readonly api: ApiCalls;
  readonly customer: string;
  readonly terminal: Terminal;
}

const grantAnswer = z.object({ spec: z.looseObject({}), status: z.object({ state: z.string() }) });

/**
 * Grants staging what it is to pull, and tries it before and after. A grant that is there stays as it was left, and is
 * applied again.
 * @throws ExampleRefused when a request is refused.
 */
export async function grantPull(options: GrantingOptions): Promise<ShownOperation> {
  const { api, terminal } = options;
  const customer = `/v1/customers/${options.customer}`;
  const path = `${customer}/ecr-grants/${exampleGrant.id}`;
  const found = await api.read(path);
  const present = found === undefined ? undefined : grantAnswer.parse(found);
  await createRole(
    options,
    await api.register(`${customer}/accounts/${exampleStaging.accountId}`, exampleStaging.spec),
  );
  const before = await lookAtImages(options);
  if (present) terminal.print(`  GET  ${path}  200  as it was left: ${present.status.state}`);
  const begun = await api.send({
    ...{ method: 'PUT', path, prefer: 'wait=25', isTold: true },
    spec: present?.spec ?? exampleGrant.spec,
  });
  const operation = await ended(options, operationSchema.parse(begun));
  if (operation.state === 'SUCCEEDED') show(options, before, await lookAtImages(options));
  return operation;
}

/** The answer to the PUT mostly has it ended. */
function ended({ api, customer, terminal }: GrantingOptions, operation: ShownOperation): Promise<ShownOperation> {
  terminal.show(operationLines(operation));
  return api.follow(`/v1/customers/${customer}/operations/${operation.id}`);
}

function show({ terminal }: GrantingOptions, before: SeenImages, after: SeenImages): void {
  const [first] = exampleImages.granted;
  for (const line of policyLines(first, before.get(first)?.policy, after.get(first)?.policy)) terminal.print(line);
  for (const line of pullLines(before, after)) terminal.print(line);
}
