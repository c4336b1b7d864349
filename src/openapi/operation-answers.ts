import * as z from 'zod';
import { failureCodes } from '../operations/operation-failures.ts';
import { bootstrapSteps, ecrSteps, operationKinds, operationStates } from '../operations/operation.ts';
import { text, time } from './plain-values.ts';

/** What a resource shows of the operation that worked on it last. */
export const lastOperation = z.strictObject({
  ...{ id: text, kind: z.enum(operationKinds), state: z.enum(operationStates), endedAt: time },
});

const step = z
  .strictObject({
    name: z.enum([...new Set<string>([...bootstrapSteps, ...ecrSteps])]),
    state: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED']),
    attempt: z.int().min(0).meta({ description: 'How often it was begun.' }),
    startedAt: time.optional(),
    endedAt: time.optional(),
    evidence: z.record(text, z.unknown()).optional().meta({ description: 'What proves the step. Never a secret.' }),
    lastProblem: z
      .strictObject({ code: text, detail: text, at: time })
      .optional()
      .meta({ description: 'What the last attempt that did not succeed met with.' }),
    postponed: z
      .strictObject({ times: z.int().min(1), until: time })
      .optional()
      .meta({
        description:
          'Another system asked us to come back later: how often, and when. Such an attempt does not count towards the ' +
          "step's failure, and the wait moves the operation's deadline.",
      }),
  })
  .meta({ id: 'OperationStep' });

export const operation = z
  .strictObject({
    id: text,
    kind: z.enum(operationKinds),
    customer: text,
    cluster: text.optional().meta({ description: 'Of what works on a cluster: its id.' }),
    grant: text.optional().meta({ description: 'Of what works on a grant: its id.' }),
    registry: text.optional().meta({
      description: 'Of what works on a registry: its account and region.',
      examples: ['333344445555/eu-west-1'],
    }),
    state: z.enum(operationStates).meta({
      description:
        'Final are `SUCCEEDED`, `FAILED` (see `failure`), `CANCELLED` and `REJECTED` (another operation had what it was to work on, so ' +
        'this one never began). `AWAITING_MERGE` and `AWAITING_REGISTRATION` wait for a person; no kind of operation does ' +
        'so yet. All of these rest; the others go on by themselves.',
    }),
    createdAt: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    heartbeatAt: time.optional(),
    deadlineAt: time.meta({ description: 'After this moment no step begins. It moves when a step is postponed.' }),
    steps: z.array(step),
    failure: z
      .strictObject({
        step: text,
        code: z.enum(failureCodes),
        detail: text,
        retryable: z
          .boolean()
          .meta({ description: 'The same call may succeed later without anybody changing anything.' }),
        remedies: z.array(text),
      })
      .optional(),
  })
  .meta({ id: 'Operation', description: 'A terminal state is never left; to retry is to call again.' });
