/** GitHub gives out a token for exactly one repository and named permissions only; so it does in every test here. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { acme, globex, type Tenant } from '../crash/outside.ts';
import { bootstrapOf, clusterPath, type FleetRun, givenFleet } from './fleet-run.ts';

const mintedSchema = z.object({
  tokenId: z.string(),
  installation: z.number(),
  repositories: z.array(z.string()),
  permissions: z.record(z.string(), z.string()),
});
type Minted = z.output<typeof mintedSchema>;

function minted({ world }: FleetRun): readonly Minted[] {
  return world.github.world.history
    .filter(({ action }) => action === 'github:CreateInstallationToken')
    .map(({ detail }) => mintedSchema.parse(detail));
}

function revoked({ world }: FleetRun): readonly unknown[] {
  return world.github.world.history
    .filter(({ action }) => action === 'github:RevokeInstallationToken')
    .map(({ detail }) => detail['tokenId']);
}

/** Who changed a customer's repository, apart from its owner. */
function writersTo({ world }: FleetRun, tenant: Tenant, action: string): readonly string[] {
  return world.github.world.history
    .filter((happening) => happening.action === action && happening.target.startsWith(nameOf(tenant)))
    .map(({ by }) => by)
    .filter((by) => by !== 'world');
}

/** Beside `metadata: read`, which comes with every token. */
const allowed = [
  { contents: 'read', metadata: 'read' },
  { administration: 'read', metadata: 'read' },
  { contents: 'write', metadata: 'read' },
  { administration: 'write', metadata: 'read' },
];

function withRight(tokens: readonly Minted[], name: string): readonly Minted[] {
  return tokens.filter(({ permissions }) => permissions[name] === 'write');
}

function nameOf({ repository }: Tenant): string {
  return `${repository.owner}/${repository.name}`;
}

function expectNarrow(tokens: readonly Minted[], tenants: readonly Tenant[]): void {
  for (const { repositories, permissions } of tokens) {
    expect(tenants.map((tenant) => [nameOf(tenant)])).toContainEqual(repositories);
    expect(allowed).toContainEqual(permissions);
  }
}

async function bootstrapped(tenants: readonly Tenant[]): Promise<FleetRun> {
  const fleet = await givenFleet(tenants);
  const { operations } = await fleet.run(tenants.map((tenant) => bootstrapOf(tenant, 'first')));
  expect(operations.map(({ state }) => state)).toEqual(tenants.map(() => 'SUCCEEDED'));
  return fleet;
}

describe('bootstraps of two customers at once', () => {
  it('get every token for the one repository of theirs, and write with the two that may', async () => {
    const fleet = await bootstrapped([acme, globex]);

    const tokens = minted(fleet);
    expectNarrow(tokens, [acme, globex]);
    for (const tenant of [acme, globex]) {
      const own = tokens.filter(({ repositories }) => repositories[0] === nameOf(tenant));
      expect(withRight(own, 'contents')).toHaveLength(1);
      expect(withRight(own, 'administration')).toHaveLength(1);
      const itself = `installation:${own[0]?.installation}`;
      expect(writersTo(fleet, tenant, 'github:UpdateRef')).toEqual([itself]);
      expect(writersTo(fleet, tenant, 'github:CreateDeployKey')).toEqual([itself]);
    }
  });

  it('give every token back when they end', async () => {
    const fleet = await bootstrapped([acme, globex]);

    const ids = minted(fleet).map(({ tokenId }) => tokenId);
    expect(ids.length).toBeGreaterThan(0);
    expect(revoked(fleet)).toHaveLength(ids.length);
    expect(new Set(revoked(fleet))).toEqual(new Set(ids));
    expect(fleet.world.github.world.state.tokens.size).toBe(0);
  });
});

/** What a flow that comes after a first bootstrap asks GitHub for. */
async function tokensOf(fleet: FleetRun, flow: () => Promise<unknown>): Promise<readonly Minted[]> {
  const before = minted(fleet).length;
  await flow();
  return minted(fleet).slice(before);
}

describe('what only looks', () => {
  it.each([
    { what: 'a plan', method: 'POST', path: '/plan', body: {} },
    { what: 'the list of deploy keys', method: 'GET', path: '/deploy-keys', body: undefined },
    { what: 'the state of Flux', method: 'GET', path: '/flux', body: undefined },
  ])('asks for no right to write for $what, and gives its tokens back', async ({ method, path, body }) => {
    const fleet = await bootstrapped([acme]);
    const { life } = await fleet.run([]);

    const tokens = await tokensOf(fleet, async () => {
      const answer = await life.ask(method, `${clusterPath(acme)}${path}`, body ? { body } : {});
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toContain('"isReachable":false');
    });

    expectNarrow(tokens, [acme]);
    expect(withRight(tokens, 'contents')).toEqual([]);
    expect(withRight(tokens, 'administration')).toEqual([]);
    expect(fleet.world.github.world.state.tokens.size).toBe(0);
  });

  it('asks for a token that reads the keys, and for one that reads contents only where it needs them', async () => {
    const fleet = await bootstrapped([acme]);
    const { life } = await fleet.run([]);

    const forKeys = await tokensOf(fleet, () => life.ask('GET', `${clusterPath(acme)}/deploy-keys`));
    const forPlan = await tokensOf(fleet, () => life.ask('POST', `${clusterPath(acme)}/plan`, { body: {} }));

    expect(forKeys.map(({ permissions }) => permissions)).toEqual([{ administration: 'read', metadata: 'read' }]);
    expect(forPlan.map(({ permissions }) => permissions)).toContainEqual({ contents: 'read', metadata: 'read' });
  });
});

async function rerun(fleet: FleetRun): Promise<void> {
  const { operations } = await fleet.run([bootstrapOf(acme, 'again')]);
  expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
}

describe('a bootstrap of what is bootstrapped', () => {
  it('asks for no right to write when there is nothing to write', async () => {
    const fleet = await bootstrapped([acme]);

    const tokens = await tokensOf(fleet, () => rerun(fleet));

    expect(tokens.length).toBeGreaterThan(0);
    expectNarrow(tokens, [acme]);
    expect(withRight(tokens, 'contents')).toEqual([]);
    expect(withRight(tokens, 'administration')).toEqual([]);
  });

  it('asks for the right to commit only when a file is to be mended', async () => {
    const fleet = await bootstrapped([acme]);
    const files = { 'flux/clusters/production/flux-system/gotk-sync.yaml': '# emptied\n' };
    fleet.world.github.world.commitByOther(acme.repository, { files, message: 'Break it' });

    const tokens = await tokensOf(fleet, () => rerun(fleet));

    expect(withRight(tokens, 'contents')).toHaveLength(1);
    expect(withRight(tokens, 'administration')).toEqual([]);
  });

  it('asks for the right to administer only when the key is to be registered again', async () => {
    const fleet = await bootstrapped([acme]);
    for (const { id } of fleet.world.github.world.deployKeys(acme.repository)) {
      fleet.world.github.world.removeDeployKey(acme.repository, id);
    }

    const tokens = await tokensOf(fleet, () => rerun(fleet));

    expect(withRight(tokens, 'contents')).toEqual([]);
    expect(withRight(tokens, 'administration')).toHaveLength(1);
    expect(fleet.world.github.world.deployKeys(acme.repository)).toHaveLength(1);
  });
});

describe('a life that ends before the operation does', () => {
  it('leaves its tokens to their hour, and the next life gives its own back', async () => {
    const fleet = await givenFleet([acme]);

    const { operations, wasHit } = await fleet.run([bootstrapOf(acme, 'first')], {
      points: ['github POST /repos/{repository}/keys#1 after'],
    });

    expect(wasHit).toBe(true);
    expect(operations[0]?.state).toBe('SUCCEEDED');
    const left = minted(fleet).length - revoked(fleet).length;
    expect(left).toBeGreaterThan(0);
    expect(fleet.world.github.world.state.tokens.size).toBe(left);
    expectNarrow(minted(fleet), [acme]);
  });
});
