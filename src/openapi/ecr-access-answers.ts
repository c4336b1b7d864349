import * as z from 'zod';
import { verifiedParts } from '../ecr-access/verify-part.ts';
import { text, time } from './plain-values.ts';

/** Who has access to a repository, as far as policies tell. */

const registryReachability = z.strictObject({
  isReachable: z.boolean(),
  code: text.optional().meta({ description: 'Why not.' }),
  detail: text.optional(),
});
const verdict = z.enum(['ALLOWED', 'DENIED', 'UNKNOWN']);
const verifiedPart = z.enum(verifiedParts);
const notSeen = z.array(text).meta({ description: 'What the answer is not about; for people.' });

export const verifiedEcrGrant = z
  .strictObject({
    observedAt: time,
    reachability: registryReachability,
    tested: text.meta({ description: 'How it was found out; for people.' }),
    repositories: z.array(
      z
        .strictObject({
          repository: text,
          verdict: verdict.meta({
            description: '`UNKNOWN`: it depends on what could not be read or judged, and `parts` say on what.',
          }),
          missing: z.array(verifiedPart).meta({ description: 'The parts that say no.' }),
          parts: z.array(
            z.strictObject({
              part: verifiedPart,
              result: z.enum(['ALLOWED', 'DENIED', 'UNKNOWN', 'NOT_NEEDED']),
              detail: text,
            }),
          ),
          notAllowed: z.array(z.strictObject({ action: text, principal: text, verdict })).meta({
            description:
              'Of all actions that the grant is for, also of those without which one can pull (or push) all the same.',
          }),
        })
        .meta({ id: 'VerifiedRepository' }),
    ),
    hasMore: z.boolean().meta({ description: 'There are more repositories than the 100 that are looked at.' }),
    notSeen,
  })
  .meta({ id: 'VerifiedEcrGrant' });

const shownAccess = z
  .strictObject({
    principal: z.strictObject({
      type: text.meta({ description: '`AWS`, `Service`, …' }),
      value: text.meta({ examples: ['arn:aws:iam::222233334444:root'] }),
    }),
    isExcepted: z.literal(true).optional().meta({ description: 'It is about everybody but this principal.' }),
    access: z.enum(['pull', 'push', 'partial']).meta({
      description: '`partial`: less than a whole pull; another statement may give the rest.',
    }),
    actions: z.array(text).optional().meta({ description: 'Where `access` does not say it all.' }),
    statement: z.strictObject({
      index: z.int().min(0).meta({ description: 'In the policy, from 0.' }),
      sid: text.optional(),
      isOurs: z.boolean(),
    }),
    grants: z.array(text).optional().meta({ description: 'Of ours: ids of the grants that it stands there for.' }),
    conditions: z
      .record(text, z.unknown())
      .optional()
      .meta({ description: 'As they stand there; they are not judged.' }),
    isOrphaned: z.boolean().meta({ description: 'The id that a deleted user or role has left.' }),
  })
  .meta({ id: 'ShownEcrAccess' });

export const ecrAccess = z
  .strictObject({
    repository: text,
    observedAt: time,
    reachability: registryReachability,
    policy: z
      .strictObject({ statements: z.int().min(0), bytesUsed: z.int().min(0), bytesAllowed: z.int() })
      .optional()
      .meta({ description: 'Absent, as are the lists, where it could not be read.' }),
    entries: z.array(shownAccess).optional().meta({ description: 'Who may.' }),
    denies: z.array(shownAccess).optional().meta({ description: 'Who may not, whatever allows it.' }),
    notSeen,
  })
  .meta({ id: 'EcrAccess' });
