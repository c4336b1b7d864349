import * as z from 'zod';
import { readBody } from '../http/request-body.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import type { Api, ApiDependencies } from '../http/route-context.ts';
import { slugParameter } from '../http/slug.ts';
import { deliveries, effectiveCustomer } from './customer.ts';
import type { CustomerRecord, CustomerSpec } from './customer.ts';
import { getCustomer, putCustomer } from './customer.service.ts';

const name = z
  .string()
  .regex(
    /^(?!.*\.git$)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$/i,
    'must be a name as the Git host writes it, without .git',
  );

/** A branch name that needs no quoting anywhere (a subset of `git check-ref-format`). */
const branch = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]*(?<![/.])$/,
    'must be a plain branch name, such as main',
  );

export const customerSchema: z.ZodType<CustomerSpec> = z.strictObject({
  displayName: z.string().trim().min(1).max(100),
  repository: z.strictObject({ host: z.string().min(1).max(253), owner: name, name, branch }),
  delivery: z.enum(deliveries).optional(),
});

export function addCustomerRoutes(api: Api, deps: ApiDependencies): void {
  api.get('/v1/customers/:customer', async (c) => {
    const record = await getCustomer(deps, slugParameter(c.req.param('customer'), 'customer'));
    return answerResource(c, customerBody(record));
  });

  api.put('/v1/customers/:customer', async (c) => {
    const id = slugParameter(c.req.param('customer'), 'customer');
    const spec = await readBody(c, customerSchema);
    const { record, isNew } = await putCustomer(deps, { id, spec, precondition: preconditionOf(c) });
    return answerResource(c, customerBody(record), isNew);
  });
}

function customerBody(record: CustomerRecord): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  return { id, spec, status: { effective: effectiveCustomer(spec) }, createdAt, updatedAt };
}
