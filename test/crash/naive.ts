/** Careless ways of doing our own work: again, twice, or not at all. */
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import { unavailable } from '../support/faults.ts';
import { isSecret, publicKeyIn, withGit, withKubernetes } from './careless-ports.ts';
import type { NaiveSwitch } from './naive-switch.ts';
import { naiveAboutOthers } from './naive-about-others.ts';
import { naiveAboutPolicies } from './naive-about-policies.ts';

const freely: RequestBudget = {
  take: async () => ({ kind: 'granted' }),
  pausedUntil: async () => undefined,
  pause: async () => undefined,
};

export const naiveSwitches: readonly NaiveSwitch[] = [
  {
    name: 'commits without looking what is there',
    ...{
      scenario: 'bootstrap',
      invariant: 'I2',
      points: ['github commit#1 after'],
    },
    careless: (deps, world, wire) =>
      withGit(deps, (git) => {
        let isBeforeCommit = false;
        return {
          inspectRepository(...of) {
            isBeforeCommit = true;
            return git.inspectRepository(...of);
          },
          // The step believes that the folder is empty; the commit replaces whatever is there.
          async listFolder(...of) {
            const isBelieved = isBeforeCommit;
            isBeforeCommit = false;
            return isBelieved ? new Map() : git.listFolder(...of);
          },
          commitFiles: (repository, { message, changes }) =>
            wire.pass({ name: 'github commit', hasEffect: true }, async () => {
              const files = Object.fromEntries(changes.map(({ path, content }) => [path, content]));
              const commit = world.github.world.commitByOther(repository, { files, message });
              return { kind: 'committed', commit };
            }),
        };
      }),
  },
  {
    name: 'registers the key before the Secret is there',
    ...{ scenario: 'bootstrap', invariant: 'I2', points: ['github POST /repos/{repository}/keys#1 after'] },
    careless: (deps, world, wire) =>
      withKubernetes(deps, (cluster, { accountId }) => ({
        async create(object, signal) {
          const tenant = world.tenants.find((one) => one.accountId === accountId);
          if (isSecret(object) && tenant) {
            const publicKey = publicKeyIn(object);
            const title = `fleet-api:${tenant.customer}/${tenant.cluster} (flux-system) ${publicKey.slice(-8)}`;
            await world.github.gitHost(wire, freely).addDeployKey(tenant.repository, { title, publicKey }, signal);
          }
          return cluster.create(object, signal);
        },
      })),
  },
  {
    name: 'writes the Secret over the one that is there',
    ...{
      scenario: 'bootstrap',
      invariant: 'I2',
      points: ['kubernetes APPLY secrets/flux-system#1 after'],
    },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => {
        let isWritten = false;
        return {
          get: async (reference, signal) =>
            isSecret(reference) && !isWritten ? undefined : cluster.get(reference, signal),
          async create(object, signal) {
            if (!isSecret(object)) return cluster.create(object, signal);
            isWritten = true;
            await cluster.apply(object, 'flux', signal);
            return { kind: 'created' };
          },
        };
      }),
  },
  {
    name: 'takes a cluster without claiming it',
    ...{ scenario: 'two-callers', invariant: 'I2', points: [] },
    careless: (deps) => ({
      ...deps,
      registry: {
        ...deps.registry,
        claim: async () => ({ kind: 'claimed' }),
        recordResult: async () => ({ kind: 'written' }),
      },
    }),
  },
  {
    name: 'forgets what it has not started',
    ...{ scenario: 'bootstrap', invariant: 'I1', points: [] },
    careless: (deps) => ({
      ...deps,
      engine: { ...deps.engine, start: async () => undefined },
      operations: { ...deps.operations, listOpen: async () => [] },
    }),
  },
  {
    name: 'takes all objects for applied when one of them is',
    // Of what was sent side by side, this one has arrived and source-controller has not.
    ...{ scenario: 'bootstrap', invariant: 'I1', points: ['kubernetes APPLY deployments/helm-controller#1 after'] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => {
        const kind = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'flux-system' };
        let found: Promise<readonly unknown[]> | undefined;
        return {
          async apply(object, manager, signal) {
            if (object.metadata.namespace !== kind.namespace) return cluster.apply(object, manager, signal);
            found ??= cluster.list(kind, signal);
            const isThere = (await found).length > 0 && !object.apiVersion.includes('toolkit');
            return isThere ? object : cluster.apply(object, manager, signal);
          },
        };
      }),
  },
  {
    name: 'brings an operation back that has ended',
    ...{ scenario: 'bootstrap', invariant: 'I6', points: [] },
    careless: (deps, world) => ({
      ...deps,
      operations: {
        ...deps.operations,
        async close(id) {
          await deps.operations.close(id);
          await world.revive(id);
        },
      },
    }),
  },
  {
    name: 'reads again and again when an answer is lost',
    ...{ scenario: 'bootstrap', invariant: 'I7', points: ['kubernetes POST secrets#1 lost'] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => ({
        async create(object, signal) {
          const { apiVersion, kind, metadata } = object;
          try {
            return await cluster.create(object, signal);
          } catch (error) {
            for (let times = 0; times < 3; times += 1) await cluster.get({ apiVersion, kind, ...metadata }, signal);
            throw error;
          }
        },
      })),
  },
  {
    name: 'tries again and again',
    ...{ scenario: 'bootstrap', invariant: 'I7', points: [] },
    careless: (deps) => ({
      ...deps,
      operations: {
        ...deps.operations,
        async beginStep(id, step) {
          if (step.attempt < 12) throw unavailable('dynamodb');
          return deps.operations.beginStep(id, step);
        },
      },
    }),
  },
  ...naiveAboutOthers,
  ...naiveAboutPolicies,
];
