import type { CustomerRecord } from '../customers/customer.ts';
import { ownCaller } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import { beginOperation } from '../operations/begin-operation.ts';
import { mapAtMost } from '../operations/map-at-most.ts';
import { canonicalHash, shortHash } from '../operations/operation-id.ts';
import type { Operation } from '../operations/operation.ts';
import type { EcrRegistryAccess } from '../ports/ecr-registry.ts';
import type { EcrRegistryPlace } from '../ports/ecr-repositories.ts';
import { applyAgain, withdrawAgain } from './ecr-grant.service.ts';
import type { EcrGrantDependencies } from './ecr-grant.service.ts';
import { covers } from './ecr-grant.ts';
import { draftRegistryOperation, wayInto } from './ecr-operation.ts';
import { inTurn } from './in-turn.ts';
import { lookOrWhyNot, noteUnseen } from './unseen-registry.ts';
import type { Finding } from './registry-findings.ts';
import { mostFindings } from '../operations/operation.ts';

export interface WatchDependencies extends EcrGrantDependencies {
  readonly ecr: EcrRegistryAccess;
}

export interface WatchReport {
  readonly looked: number;
  /** Due, and time was up: another one is left out the next time. */
  readonly left: number;
  /** Ids of operations. */
  readonly started: readonly string[];
  readonly findings: number;
  readonly troubled: readonly { readonly customer: string; readonly registry: string; readonly problem: string }[];
}

/** Registries at once; each is read by up to eight calls at once. */
const concurrentRegistries = 8;

/**
 * Looks at the registries that are due and sees to it that what is not as granted is put right: by an operation, so that
 * people see what was found and what was done. Each registry's turn comes once in `everyMinutes`; with 0, each time.
 */
export async function watchRegistries(
  deps: WatchDependencies,
  { everyMinutes, signal }: { readonly everyMinutes: number; readonly signal: AbortSignal },
): Promise<WatchReport> {
  const all = await deps.repositories.listRegistries();
  const minute = Math.floor(deps.now().getTime() / 60_000);
  const due = all.filter((one) => everyMinutes === 0 || turnOf(one) % everyMinutes === minute % everyMinutes);
  const reports = await mapAtMost(concurrentRegistries, inTurn(due, deps.now()), async (one) => {
    if (signal.aborted) return undefined;
    try {
      return await watchOne(deps, one, { everyMinutes, signal });
    } catch (error) {
      return trouble(one, error instanceof Error ? error.message : String(error));
    }
  });
  const looks = reports.filter((report) => report !== undefined);
  return {
    looked: looks.length,
    left: due.length - looks.length,
    started: looks.flatMap(({ started }) => started),
    findings: looks.reduce((sum, { findings }) => sum + findings, 0),
    troubled: looks.flatMap(({ troubled }) => troubled),
  };
}

/** Nothing worth a line in the log. */
export function isQuietWatch({ left, started, troubled }: WatchReport): boolean {
  return left + started.length + troubled.length === 0;
}

type RegistryReport = Omit<WatchReport, 'looked' | 'left'>;

/** Spreads the registries over the minutes, the same each time. */
function turnOf(one: EcrRegistryPlace): number {
  return Number.parseInt(canonicalHash(one).slice(0, 8), 16);
}

async function watchOne(
  deps: WatchDependencies,
  one: EcrRegistryPlace,
  { everyMinutes, signal }: { readonly everyMinutes: number; readonly signal: AbortSignal },
): Promise<RegistryReport> {
  const { customer, registry } = one;
  const owner = await ownerOf(deps, one);
  if (owner === undefined) return trouble(one, 'the customer or the account is not registered');
  const { roleArn, externalId } = wayInto(deps, registry, owner);
  const target = { ...registry, roleArn, externalId, sessionName: 'fleet-api-watch' };
  const rhythm = { now: deps.now(), everyMinutes };
  const seen = await lookOrWhyNot(deps, { customer, target, rhythm }, signal);
  // What was cut short says nothing of the registry.
  if (!signal.aborted) await noteUnseen(deps.repositories, one, { seen, now: rhythm.now });
  if (seen.kind !== 'seen') return trouble(one, seen.refusal.detail);
  const { retries, withdrawals, unseen } = seen;
  const findings = await withoutWorkUnderWay(deps, one, seen.findings);
  const operations = [
    ...withdrawals.map((id) => () => withdrawAgain(deps, { customer, id })),
    ...retries.map((id) => () => applyAgain(deps, { customer, id })),
    ...(findings.length > 0 ? [() => reconcile(deps, one, { owner, findings })] : []),
  ];
  const started: string[] = [];
  for (const begin of operations) {
    const id = await begunUnlessBusy(begin);
    if (id !== undefined) started.push(id);
  }
  const { troubled } = unseen === undefined ? { troubled: [] } : trouble(one, unseen);
  return { started, findings: findings.length, troubled };
}

/** What a grant that an operation works on brings about is no finding; what somebody else changed is. */
async function withoutWorkUnderWay(
  deps: WatchDependencies,
  { customer, registry }: EcrRegistryPlace,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  if (findings.every(({ kind }) => kind === 'drifted')) return findings;
  const grants = await deps.repositories.listGrants(customer, registry);
  const holdings = await mapAtMost(concurrentRegistries, grants, ({ id }) =>
    deps.registry.getHolding(customer, { grant: id }),
  );
  const claimed = grants.filter((_, index) => holdings[index]?.claimedBy !== undefined);
  const isUnderWay = ({ repository, kind, ended }: Finding): boolean => {
    const isOthers = kind === 'drifted' || ended.some((id) => claimed.every((grant) => grant.id !== id));
    return !isOthers && claimed.some(({ id, spec }) => covers(spec, repository) || ended.includes(id));
  };
  return findings.filter((finding) => !isUnderWay(finding));
}

/** `undefined`: the customer or the account is not registered. */
async function ownerOf(
  deps: WatchDependencies,
  { customer, registry }: EcrRegistryPlace,
): Promise<CustomerRecord | undefined> {
  const found = await deps.registry.read({ customer, accountId: registry.accountId });
  return found.account.record && found.customer.record;
}

/** Whoever is at work there already does the same, or the next look finds it again. */
async function begunUnlessBusy(begin: () => Promise<Operation | undefined>): Promise<string | undefined> {
  try {
    return (await begin())?.id;
  } catch (error) {
    const isBusy = error instanceof FleetError && (error.retryable || error.code === 'operation-in-progress');
    if (!isBusy) throw error;
    return undefined;
  }
}

function reconcile(
  deps: WatchDependencies,
  { customer, registry }: EcrRegistryPlace,
  { owner, findings }: { readonly owner: CustomerRecord; readonly findings: readonly Finding[] },
): Promise<Operation> {
  const kind = 'reconcile-ecr-registry';
  return beginOperation(deps, {
    draft: draftRegistryOperation(deps, {
      ...{ kind, customer, registry, owner, actor: { caller: ownCaller } },
      snapshot: { findings: findings.slice(0, mostFindings) },
      // One that runs already sees all repositories: it is joined, whatever it was begun for.
      hash: shortHash([kind]),
    }),
  });
}

function trouble({ customer, registry }: EcrRegistryPlace, problem: string): RegistryReport {
  return {
    ...{ started: [], findings: 0 },
    troubled: [{ customer, registry: `${registry.accountId}/${registry.region}`, problem }],
  };
}
