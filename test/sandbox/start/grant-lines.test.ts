import { describe, expect, it } from 'vitest';
import type { PolicyDocument, PolicyStatement } from '../../../src/ecr-access/policy-document.ts';
import { policyLines, pullLines } from '../../../sandbox/start/grant-lines.ts';
import type { SeenRepository } from '../../../sandbox/start/images.ts';
import type { Pull } from '../../../sandbox/start/staging-pull.ts';

const root = (accountId: string) => `arn:aws:iam::${accountId}:root`;

const persons = {
  ...{ Sid: 'Auditors', Effect: 'Allow', Principal: { AWS: root('444455556666') } },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
};
const ours = { ...persons, Sid: 'FleetApiPull', Principal: { AWS: [root('222233334444')] } };

function policy(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { fields: { Version: '2012-10-17', Statement: statements }, statements };
}

describe('the lines of a policy', () => {
  it('show each statement before and after, and which of them were not touched', () => {
    const changed = { ...persons, Sid: 'Other', Action: 'ecr:PutImage' };

    expect(policyLines('api', policy(persons, changed), policy(persons, { ...changed, Effect: 'Deny' }, ours))).toEqual(
      [
        'Policy of api before:',
        '  Auditors  Allow arn:aws:iam::444455556666:root: BatchGetImage, GetDownloadUrlForLayer',
        '  Other  Allow arn:aws:iam::444455556666:root: PutImage',
        'Policy of api after:',
        '  Auditors  Allow arn:aws:iam::444455556666:root: BatchGetImage, GetDownloadUrlForLayer  (untouched)',
        '  Other  Deny arn:aws:iam::444455556666:root: PutImage',
        '  FleetApiPull  Allow arn:aws:iam::222233334444:root: BatchGetImage, GetDownloadUrlForLayer',
      ],
    );
  });

  it('show a policy once that is as it was, and one that is not there as none', () => {
    expect(policyLines('api', policy(ours), policy(ours))).toEqual([
      'Policy of api, as it was:',
      '  FleetApiPull  Allow arn:aws:iam::222233334444:root: BatchGetImage, GetDownloadUrlForLayer',
    ]);
    expect(policyLines('api', undefined, undefined)).toEqual(['Policy of api, as it was:', '  none']);
    expect(policyLines('api', policy(ours), undefined).slice(2)).toEqual(['Policy of api after:', '  none']);
  });
});

describe('the lines of what was pulled', () => {
  const refused: Pull = { kind: 'refused', why: 'because no policy allows it' };
  const pulled: Pull = { kind: 'pulled' };
  const said = (before: Pull, after: SeenRepository) => {
    const seen = (one: SeenRepository) => new Map([['api', one]]);
    return pullLines(seen({ policy: undefined, pull: before }), seen(after))[1]?.replace(/^ {2}api +/, '');
  };

  it('say why not before, and by which statements now', () => {
    const byHand = { ...ours, Sid: undefined };
    const denying = { ...ours, Sid: 'Denying', Effect: 'Deny' };
    const after = { policy: policy(persons, ours, byHand, denying), pull: pulled };

    expect(said(refused, after)).toBe(
      'before: refused, because no policy allows it; now: pulled, by FleetApiPull, statement 3',
    );
  });

  it('say what is as before', () => {
    expect(said(refused, { policy: policy(persons), pull: refused })).toBe(
      'as before: refused, because no policy allows it',
    );
    expect(said(pulled, { policy: policy(ours), pull: pulled })).toBe('as before: pulled, by FleetApiPull');
  });

  it('say what is lost', () => {
    expect(said(pulled, { policy: policy(persons), pull: refused })).toBe(
      'before: pulled; now: refused, because no policy allows it',
    );
  });
});
