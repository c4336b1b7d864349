/**
 * Judges a run by what the outside systems remember of it (their histories, AWS's trail), by what the product left behind
 * in text, and by what its API says of the operations at the end. It knows nothing of how the product works.
 */
import type { RunRecord, ShownOperation } from './crash-run.ts';
import { excess } from './excess.ts';
import { foreignHands } from './foreign-hands.ts';
import type { Effect, Holdings, Tenant } from './outside.ts';
import { leakedSecrets } from './leaked-secrets.ts';
import { changedPolicies, wrongRights } from './rights.ts';
import { operationIdOf } from './scenarios.ts';

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7';

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

type Judge = (record: RunRecord) => readonly string[] | Promise<readonly string[]>;

const judges: Readonly<Record<Invariant, Judge>> = {
  I1: (record) => [
    ...(record.hasComeToRest ? [] : ['not everything came to rest']),
    ...record.strangeAnswers,
    ...unendedOperations(record.shown, record.scenario.endings),
    ...unheardCustomers(record.shown, record.scenario),
    ...lostOperations(record),
  ],
  I2: (record) => [
    ...doubledCommits(record),
    ...doubledEffects(record),
    ...wrongKeys(record),
    ...wrongRights(record),
    ...simultaneous(record.shown),
  ],
  I3: (record) => [...changedForeignThings(record), ...changedPolicies(record)],
  I4: foreignHands,
  I5: leakedSecrets,
  I6: leftTerminalStates,
  I7: excess,
};

export async function audit(record: RunRecord): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const [invariant, judge] of Object.entries(judges) as [Invariant, Judge][]) {
    for (const what of await judge(record)) violations.push({ invariant, what });
  }
  return violations;
}

export const terminal: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED']);

function unendedOperations(shown: readonly ShownOperation[], endings: readonly string[]): readonly string[] {
  return shown
    .filter(({ state }) => !endings.includes(state))
    .map(({ id, state, text }) => `${id} is ${state}${terminal.has(state) ? `: ${text.slice(0, 2000)}` : ''}`);
}

/** Where nobody cancels, somebody's wish is carried out, whoever else was refused. */
function unheardCustomers(shown: readonly ShownOperation[], { tenants, endings }: RunRecord['scenario']) {
  if (endings.includes('CANCELLED')) return [];
  return tenants
    .filter((tenant) => !shown.some(({ customer, state }) => customer === tenant.customer && state === 'SUCCEEDED'))
    .map(({ customer }) => `nothing that was asked for ${customer} was done`);
}

/** Asked for under a key, or shown in an answer, and not there. */
function lostOperations({ shown, scenario, world }: RunRecord): readonly string[] {
  const known = new Set(shown.map(({ id }) => id));
  const asked = scenario.asks.flatMap((ask) =>
    ask.method === 'POST' && ask.at === undefined ? [operationIdOf(ask)] : [],
  );
  const told = world.answers.flatMap((text) => /^{"id":"(op-[^"]+)"/.exec(text)?.[1] ?? []);
  return [...new Set([...asked, ...told])].filter((id) => !known.has(id)).map((id) => `${id} is not there`);
}

function isOnboarded({ customer }: Tenant, shown: readonly ShownOperation[]): boolean {
  const isOne = ({ kind, state }: ShownOperation) => kind === 'bootstrap-cluster' && state === 'SUCCEEDED';
  return shown.some((operation) => operation.customer === customer && isOne(operation));
}

const trailerPattern = /^Fleet-Operation: (\S+)$/m;

function doubledCommits({ world, shown }: RunRecord): readonly string[] {
  return world.holdings().flatMap(({ tenant, commits }) => {
    const ids = commits.flatMap(({ message }) => trailerPattern.exec(message)?.[1] ?? []);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `two commits of ${id}`);
    const own = ids.filter((id) => shown.find((one) => one.id === id)?.customer !== tenant.customer);
    const hasSucceeded = isOnboarded(tenant, shown);
    return [
      ...twice,
      ...own.map((id) => `a commit of ${id}, which is nobody's operation here`),
      ...(hasSucceeded && ids.length !== 1 ? [`${ids.length} commits of ours in ${tenant.customer}'s repository`] : []),
    ];
  });
}

/** What is made once for each cluster, and never again. */
const once: readonly { readonly is: (effect: Effect) => boolean; readonly named: string }[] = [
  { is: ({ action }) => action === 'add-key', named: 'deploy keys registered' },
  {
    is: ({ system, action, target }) =>
      system === 'kubernetes' && ['create', 'apply', 'patch'].includes(action) && target.startsWith('Secret '),
    named: 'writes of the Secret',
  },
];

function doubledEffects({ world }: RunRecord): readonly string[] {
  const effects = world.effects();
  const made = world.tenants.flatMap(({ customer }) =>
    once.flatMap(({ is, named }) => {
      const count = effects.filter((effect) => effect.owner === customer && is(effect)).length;
      return count > 1 ? [`${count} ${named} for ${customer}`] : [];
    }),
  );
  const entries = world.aws.trail.filter(
    ({ action, errorCode }) => action === 'eks:CreateAccessEntry' && errorCode === undefined,
  );
  const accounts = entries.map(({ resource }) => accountOf(resource));
  const twice = accounts.filter((account, index) => accounts.indexOf(account) !== index);
  return [...made, ...twice.map((account) => `two access entries made in ${account}`)];
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** One key for each cluster, read-only, the Secret's public half, in its own repository. */
function wrongKeys({ world, shown }: RunRecord): readonly string[] {
  return world.holdings().flatMap((holdings) => {
    const { tenant, deployKeys, secretPublicKey } = holdings;
    const hasSucceeded = isOnboarded(tenant, shown);
    const others = deployKeys.filter(({ publicKey }) => publicKey !== secretPublicKey);
    const isThere = deployKeys.some(({ publicKey }) => publicKey === secretPublicKey);
    return [
      ...others.map(({ title }) => `the key ${title} is in no Secret`),
      ...deployKeys.filter(({ isReadOnly }) => !isReadOnly).map(({ title }) => `the key ${title} can write`),
      ...(hasSucceeded && !isThere ? [`the Secret of ${tenant.customer} has no key in the repository`] : []),
    ];
  });
}

/** A cluster, or a grant, belongs to one operation at a time. */
function simultaneous(shown: readonly ShownOperation[]): readonly string[] {
  const ran = shown.filter(({ startedAt, endedAt }) => startedAt !== undefined && endedAt !== undefined);
  return ran.flatMap((one, index) =>
    ran
      .slice(index + 1)
      .filter((other) => subjectOf(other) === subjectOf(one))
      .filter((other) => beginning(other) < end(one) && beginning(one) < end(other))
      .map((other) => `${one.id} and ${other.id} ran at the same time`),
  );
}

function subjectOf({ customer, cluster = '', grant = '' }: ShownOperation): string {
  return [customer, cluster, grant].join(' ');
}

const beginning = ({ startedAt = '' }: ShownOperation) => startedAt;
const end = ({ endedAt = '' }: ShownOperation) => endedAt;

function changedForeignThings({ world, before }: RunRecord): readonly string[] {
  return world.holdings().flatMap((now, index) => {
    const then = before[index];
    if (!then) return [`${now.tenant.customer} was not there before`];
    return [...changedFiles(then, now), ...changedObjects(then, now), ...writesOfOthers(now, world.effects())];
  });
}

function changedFiles(then: Holdings, now: Holdings): readonly string[] {
  const { customer, cluster } = now.tenant;
  const own = `flux/clusters/${cluster}/flux-system/`;
  const paths = new Set([...then.files.keys(), ...now.files.keys()]);
  return [...paths]
    .filter((path) => !path.startsWith(own) && then.files.get(path) !== now.files.get(path))
    .map((path) => `${path} of ${customer} was changed`);
}

function changedObjects(then: Holdings, now: Holdings): readonly string[] {
  return [...then.foreignObjects, ...then.foreignFields]
    .filter(([name, text]) => (now.foreignObjects.get(name) ?? now.foreignFields.get(name)) !== text)
    .map(([name]) => `${name} of ${now.tenant.customer} was changed`);
}

/** Even if all was put back. */
function writesOfOthers({ tenant, foreignObjects }: Holdings, effects: readonly Effect[]): readonly string[] {
  return effects
    .filter(
      ({ system, owner, target }) => system === 'kubernetes' && owner === tenant.customer && foreignObjects.has(target),
    )
    .map(({ action, target }) => `${action} ${target} of ${tenant.customer}`);
}

function leftTerminalStates({ world, shown, shownLater }: RunRecord): readonly string[] {
  const left = [...world.states].flatMap(([id, list]) =>
    list
      .slice(0, -1)
      .filter((state) => terminal.has(state))
      .map((state) => `${id} has left ${state}`),
  );
  const later = new Map(shownLater.map(({ id, text }) => [id, text]));
  const changed = shown
    .filter(({ id, state, text }) => terminal.has(state) && later.get(id) !== text)
    .map(({ id }) => `${id} is shown in another way after it ended`);
  return [...left, ...changed];
}
