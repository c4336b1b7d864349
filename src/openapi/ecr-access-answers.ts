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
