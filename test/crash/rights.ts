/**
 * I2 and I3 of the policies of repositories, by every document that ECR ever got: rights come and go once and as a whole,
 * and what people have written stands in each of them.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RunRecord } from './crash-run.ts';
import type { Holdings, PolicyDocument, Right } from './outside.ts';

/** ECR user guide, "Private repository policy examples", and what shows a repository's images. */
const pullActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:DescribeImages',
  'ecr:ListImages',
];

/** The policies that one repository had, one after another: the first one as it was before. */
interface Course {
  readonly name: string;
  readonly documents: readonly (PolicyDocument | undefined)[];
  /** As people left it. */
  readonly foreign: PolicyDocument | undefined;
  readonly rights: readonly Right[];
}

/** Each right is there once where and when it has to be, nowhere else, and is never away in between. */
export function wrongRights(record: RunRecord): readonly string[] {
  return coursesOf(record).flatMap((course) => {
    const shown = course.documents.map((document) => rightsIn(document, course.foreign));
    return [
      ...shown.flatMap((rights) => unaskedRights(rights, course)),
      ...course.rights.flatMap((right) =>
        wrongCourse(
          right,
          shown.map((rights) => timesOf(right, rights)),
          course,
        ),
      ),
    ];
  });
}

/** Foreign statements, and all else that is people's in a document, stay; policies that no grant is about are let be. */
export function changedPolicies(record: RunRecord): readonly string[] {
  return coursesOf(record).flatMap(({ name, documents, foreign, rights }) => [
    ...(rights.length === 0 && documents.length > 1 ? [`the policy of ${name} was written, which is in no grant`] : []),
    ...documents
      .filter((document) => !isKeptIn(document, foreign))
      .map(() => `a policy of ${name} lost what is others'`),
  ]);
}

function coursesOf({ world, before, scenario }: RunRecord): readonly Course[] {
  return world.holdings().flatMap((now, index) => {
    const known = before[index]?.policies.length ?? 0;
    const names = [...new Set([...now.policies.map(({ repository }) => repository), ...namesIn(scenario.rights, now)])];
    return names.map((name) => {
      const ofIt = (policies: Holdings['policies']) => policies.filter(({ repository }) => repository === name);
      const then = ofIt(now.policies.slice(0, known));
      const since = ofIt(now.policies.slice(known));
      return {
        name: `${now.tenant.customer}/${name}`,
        documents: [then.at(-1), ...since].map((set) => set?.document),
        foreign: then.findLast(({ by }) => by === 'somebody')?.document,
        rights: rightsOn(name, scenario.rights, now),
      };
    });
  });
}

function namesIn(rights: readonly Right[], { tenant }: Holdings): readonly string[] {
  return rights.filter((right) => right.tenant === tenant).flatMap(({ repositories }) => repositories);
}

function rightsOn(repository: string, rights: readonly Right[], { tenant }: Holdings): readonly Right[] {
  return rights.filter((right) => right.tenant === tenant && right.repositories.includes(repository));
}

/** `times` in each document; -1 where a part of the right is there. */
function wrongCourse({ principal, fate }: Right, times: readonly number[], { name }: Course): readonly string[] {
  const [began, ended] = { stays: [1, 1], comes: [0, 1], goes: [1, 0] }[fate];
  const turns = times.filter((count, index) => index > 0 && count !== times[index - 1]);
  const isRight = times[0] === began && times.at(-1) === ended && turns.length === (began === ended ? 0 : 1);
  return isRight ? [] : [`the right of ${principal} to ${name} ${fate}, and was there so often: ${times.join(', ')}`];
}

function timesOf({ principal }: Right, rights: readonly string[]): number {
  const counts = pullActions.map((action) => rights.filter((one) => one === `${principal} ${action}`).length);
  return new Set(counts).size === 1 ? (counts[0] ?? 0) : -1;
}

function unaskedRights(shown: readonly string[], { name, rights }: Course): readonly string[] {
  const asked = new Set(rights.flatMap(({ principal }) => pullActions.map((action) => `${principal} ${action}`)));
  return shown.filter((one) => !asked.has(one)).map((one) => `nobody asked for this in the policy of ${name}: ${one}`);
}

/** What people have not written, as `<principal> <action>`. */
function rightsIn(document: PolicyDocument | undefined, foreign: PolicyDocument | undefined): readonly string[] {
  const theirs = canonical(foreign);
  return canonical(document)
    .filter((statement) => !theirs.some((other) => isDeepStrictEqual(statement, other)))
    .flatMap(rightsOf);
}

interface PlainStatement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: { readonly AWS?: readonly string[] };
  readonly Action?: readonly string[];
}

function rightsOf({ Sid: _sid, ...statement }: PlainStatement): readonly string[] {
  const { Effect, Principal, Action = [] } = statement;
  const isPlain = isDeepStrictEqual(statement, { Effect: 'Allow', Principal: { AWS: Principal?.AWS }, Action });
  if (Effect !== 'Allow' || !isPlain) return [JSON.stringify(statement)];
  return (Principal?.AWS ?? []).flatMap((principal) => Action.map((action) => `${principal} ${action}`));
}

/** In their order, and each once; and what stands beside them. */
function isKeptIn(document: PolicyDocument | undefined, foreign: PolicyDocument | undefined): boolean {
  if (!foreign) return true;
  const theirs = canonical(foreign);
  const kept = canonical(document).filter((one) => theirs.some((other) => isDeepStrictEqual(one, other)));
  const isSameBeside = document?.Version === foreign.Version && document?.Id === foreign.Id;
  return isSameBeside && isDeepStrictEqual(kept, theirs);
}

/** ECR shows a list of principals in any order, and so it may be written. */
function canonical(document: PolicyDocument | undefined): readonly PlainStatement[] {
  const sorted = (_key: string, value: unknown) => (isStrings(value) ? value.toSorted() : value);
  return JSON.parse(JSON.stringify(document?.Statement ?? [], sorted)) as readonly PlainStatement[];
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
