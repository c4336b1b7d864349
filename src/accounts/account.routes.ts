import * as z from 'zod';
import { getCustomer } from '../customers/customer.service.ts';
import { readBody } from '../http/request-body.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import type { Api, ApiDependencies } from '../http/route-context.ts';
import { accountIdParameter, slugParameter } from '../http/slug.ts';
import { customerRoleArn } from './account.ts';
import type { AccountRecord, AccountSpec } from './account.ts';
import { getAccount, putAccount } from './account.service.ts';

export const accountSchema: z.ZodType<AccountSpec> = z.strictObject({
  alias: z.string().trim().min(1).max(63),
});

export function addAccountRoutes(api: Api, deps: ApiDependencies): void {
  api.get('/v1/customers/:customer/accounts/:account', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const record = await getAccount(deps, { customer, id: accountIdParameter(c.req.param('account')) });
    return answerResource(c, await accountBody(deps, record));
  });

  api.put('/v1/customers/:customer/accounts/:account', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const id = accountIdParameter(c.req.param('account'));
    const spec = await readBody(c, accountSchema);
    const { record, isNew } = await putAccount(deps, { customer, id, spec, precondition: preconditionOf(c) });
    return answerResource(c, await accountBody(deps, record), isNew);
  });
}

/** What the customer needs to create the role: its name, our principal, and the ExternalId that it must require. */
async function accountBody(deps: ApiDependencies, record: AccountRecord): Promise<ResourceBody> {
  const { id, spec, createdAt, updatedAt } = record;
  const { externalId } = await getCustomer(deps, record.customer);
  const status = {
    externalId,
    // A role can trust principals of its own partition only.
    roleArn: customerRoleArn({
      partition: deps.trustedPrincipalArn.split(':')[1] ?? 'aws',
      accountId: id,
      roleName: deps.roleName,
    }),
    trustedPrincipalArn: deps.trustedPrincipalArn,
    verifiedAt: record.verifiedAt,
  };
  return { id, spec, status, createdAt, updatedAt };
}
