/** Careless ways with the policies of repositories, which ECR replaces as a whole and without any condition. */
import { allowEverything, makeAwsId } from '../../sandbox/simulators/aws-world.ts';
import { policyDocument } from '../../sandbox/simulators/iam-policy.ts';
import { trustPolicy } from '../support/aws-simulators.ts';
import { withRegistry, withRegistryTargets, withRepositories } from './careless-ports.ts';
import type { NaiveSwitch } from './naive-switch.ts';
import { globex } from './outside.ts';

export const naiveAboutPolicies: readonly NaiveSwitch[] = [
  {
    name: 'writes a policy without reading what is there',
    ...{ scenario: 'grant', invariant: 'I3', points: [] },
    careless: (deps) =>
      withRegistry(deps, ({ writePolicy }) => {
        const written = new Map<string, string>();
        return {
          readPolicy: async (_, repository) => ({ kind: 'read', text: written.get(repository) }),
          writePolicy(target, policy, signal) {
            written.set(policy.repository, policy.text);
            return writePolicy(target, policy, signal);
          },
        };
      }),
  },
  {
    name: 'forgets to withdraw a right from one of the repositories',
    ...{ scenario: 'revoke', invariant: 'I2', points: [] },
    careless: (deps) =>
      withRepositories(deps, ({ list }) => ({
        async list(...of) {
          const { items, next } = await list(...of);
          return { items: items.filter(({ value }) => value.repository !== 'web'), next };
        },
      })),
  },
  {
    name: 'writes a right beside its own of an attempt before',
    ...{ scenario: 'grant', invariant: 'I2', points: ['ecr SetRepositoryPolicy#1 after'] },
    careless: (deps) =>
      withRegistry(deps, ({ readPolicy, writePolicy }) => {
        // Sids are new with each life; what has another one is taken for somebody else's.
        const sid = `Ours${deps.randomId()}`;
        const renamed = (text: string, from: string, to: string) => text.replaceAll(`"${from}"`, `"${to}"`);
        return {
          async readPolicy(...of) {
            const read = await readPolicy(...of);
            if (read.kind !== 'read' || read.text === undefined) return read;
            return { kind: 'read', text: renamed(renamed(read.text, 'FleetApiPull', 'Earlier'), sid, 'FleetApiPull') };
          },
          writePolicy(target, { repository, text }, signal) {
            const changed = renamed(renamed(text, 'FleetApiPull', sid), 'Earlier', 'FleetApiPull');
            return writePolicy(target, { repository, text: changed }, signal);
          },
        };
      }),
  },
  {
    name: 'goes by what was asked and not by all grants there are',
    ...{ scenario: 'grant', invariant: 'I2', points: [] },
    careless: (deps) =>
      withRepositories(deps, ({ listGrants }) => ({
        listGrants: async (...of) => (await listGrants(...of)).filter(({ id }) => id === 'staging-pull'),
      })),
  },
  {
    name: 'takes all rights away for a moment',
    ...{ scenario: 'revoke', invariant: 'I2', points: [] },
    careless: (deps) =>
      withRegistry(deps, ({ deletePolicy, writePolicy }) => ({
        async writePolicy(target, policy, signal) {
          await deletePolicy(target, policy.repository, signal);
          return writePolicy(target, policy, signal);
        },
      })),
  },
  {
    name: 'gives the right to a repository that was not named',
    ...{ scenario: 'grant', invariant: 'I3', points: [] },
    careless: (deps) =>
      withRegistry(deps, ({ writePolicy }) => ({
        async writePolicy(target, policy, signal) {
          await writePolicy(target, { ...policy, repository: 'empty' }, signal);
          return writePolicy(target, policy, signal);
        },
      })),
  },
  {
    name: "comes to a registry in somebody else's role",
    ...{ scenario: 'grant', invariant: 'I4', points: [] },
    careless(deps, world) {
      const arn = `arn:aws:iam::${globex.accountId}:role/fleet-api`;
      return withRegistryTargets(deps, (target) => {
        const trust = policyDocument.parse(trustPolicy(target.externalId));
        const policies = { trustPolicy: trust, policy: allowEverything };
        world.aws.roles.set(arn, { arn, roleId: makeAwsId('AROA'), ...policies, maxSessionSeconds: 3600 });
        return { ...target, roleArn: arn };
      });
    },
  },
  {
    name: 'comes to a registry under one name for all',
    ...{ scenario: 'revoke', invariant: 'I4', points: [] },
    careless: (deps) => withRegistryTargets(deps, (target) => ({ ...target, sessionName: 'fleet-api' })),
  },
  {
    name: 'looks at a policy again and again',
    ...{ scenario: 'grant', invariant: 'I7', points: ['ecr SetRepositoryPolicy#1 lost'] },
    careless: (deps) =>
      withRegistry(deps, ({ readPolicy, writePolicy }) => ({
        async writePolicy(target, policy, signal) {
          const written = await writePolicy(target, policy, signal);
          for (let times = 0; times < 3; times += 1) await readPolicy(target, policy.repository, signal);
          return written;
        },
      })),
  },
];
