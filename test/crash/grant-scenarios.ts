/** What is asked of the policies of repositories. */
import { acme, region, type Right, type Tenant } from './outside.ts';
import { register } from './register.ts';
import type { Ask, Scenario } from './scenarios.ts';

interface Grant {
  readonly tenant: Tenant;
  readonly id: string;
  /** The account that may pull. */
  readonly accountId: string;
  readonly repositories: readonly string[];
}

/** Beside people's statements. */
const ci: Grant = { tenant: acme, id: 'ci-pull', accountId: '222233334444', repositories: ['api'] };
/** There as well, and where there is no policy yet. */
const staging: Grant = { tenant: acme, id: 'staging-pull', accountId: '333344445555', repositories: ['api', 'web'] };
/** And where there is no repository. */
const missing = 'nowhere';

export const grantScenarios: readonly Scenario[] = [
  {
    name: 'grant',
    tenants: [acme],
    arrange: (...to) => granted([ci], ...to),
    // Whoever asks again before the answer is there joins.
    ...{ asks: [putOf(staging)], endings: ['SUCCEEDED', 'REJECTED'] },
    rights: [rightOf(ci, 'stays'), rightOf(staging, 'comes')],
  },
  {
    name: 'revoke',
    tenants: [acme],
    arrange: (...to) => granted([ci, staging], ...to),
    ...{ asks: [deleteOf(staging)], endings: ['SUCCEEDED', 'REJECTED'] },
    rights: [rightOf(ci, 'stays'), rightOf(staging, 'goes')],
  },
];

async function granted(grants: readonly Grant[], ...to: Parameters<Scenario['arrange']>): Promise<void> {
  const [world, life, settle] = to;
  await register(world, life);
  for (const grant of grants) {
    const { method, path, body } = putOf(grant);
    const answer = await life.ask(method, path, { body });
    if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await settle();
  }
}

function putOf(grant: Grant): Ask {
  const { accountId, repositories: names } = grant;
  return {
    ...{ tenant: grant.tenant, method: 'PUT', path: pathOf(grant), key: '', statuses: [200, 202] },
    body: {
      registry: { accountId: grant.tenant.accountId, region },
      repositories: { names: [...names, missing] },
      principal: { type: 'account', accountId },
      access: 'pull',
      reason: 'the laboratory',
    },
  };
}

/** It may be gone by the time that somebody asks again. */
function deleteOf(grant: Grant): Ask {
  return { tenant: grant.tenant, method: 'DELETE', path: pathOf(grant), key: '', statuses: [200, 202, 404] };
}

function pathOf({ tenant, id }: Grant): string {
  return `/v1/customers/${tenant.customer}/ecr-grants/${id}`;
}

function rightOf({ tenant, accountId, repositories }: Grant, fate: Right['fate']): Right {
  return { tenant, principal: `arn:aws:iam::${accountId}:root`, repositories, fate };
}
