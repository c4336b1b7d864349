import * as z from 'zod';
import { failureCodes } from '../operations/operation-failures.ts';
import { text, time } from './plain-values.ts';

/** What is seen of Flux, in a cluster and at the Git host, and what a bootstrap would do about it. */

export const check = z
  .strictObject({
    name: text.meta({ examples: ['cluster-admin'] }),
    result: z.enum(['PASS', 'WARN', 'FAIL', 'UNKNOWN']),
    detail: text,
    remedy: text.optional(),
    code: z.enum(failureCodes).optional().meta({ description: 'What the operation would fail with.' }),
  })
  .meta({ id: 'Check' });

const objectReference = { apiVersion: text, kind: text, namespace: text.optional(), name: text };
const action = z.enum(['create', 'update']);

export const plan = z
  .strictObject({
    checks: z.array(check),
    changes: z
      .strictObject({
        files: z.array(z.strictObject({ path: text, action })).optional(),
        objects: z
          .array(z.strictObject({ ...objectReference, action }))
          .optional()
          .meta({
            description:
              'What the bootstrap itself would write in the cluster. Where Flux runs already it applies what `files` change.',
          }),
        deployKeys: z
          .array(z.strictObject({ action: z.enum(['create', 'remove']), title: text, fingerprint: text.optional() }))
          .optional(),
        removals: z.array(z.strictObject(objectReference)).optional(),
      })
      .meta({ description: 'An empty list: nothing would change. No list: it is not known, and the checks say why.' }),
  })
  .meta({ id: 'Plan' });

const objectStatus = z.strictObject({
  isReady: z.boolean(),
  isSuspended: z.boolean(),
  reason: text.optional(),
  message: text.optional(),
  revision: text.optional(),
});

const liveFlux = z
  .strictObject({
    isInstalled: z.boolean(),
    version: text.optional().meta({ description: 'As Flux labels itself, with a leading `v`.', examples: ['v2.9.2'] }),
    source: objectStatus.optional(),
    sync: objectStatus.optional(),
    controllers: z.array(z.strictObject({ name: text, image: text.optional(), isAvailable: z.boolean() })),
  })
  .meta({ id: 'LiveFlux' });

export const fluxStatus = z
  .strictObject({
    reachability: z.strictObject({
      isReachable: z.boolean(),
      code: text.optional().meta({ description: 'Why not.' }),
      detail: text.optional(),
      since: time.optional().meta({ description: 'Since when it has not answered, as far as anybody looked.' }),
    }),
    observedAt: time,
    lastKnown: z
      .strictObject({
        bootstrap: z
          .strictObject({
            ...{ at: time, fluxVersion: text, revision: text },
            ...{ keyFingerprint: text, operationId: text, path: text },
          })
          .optional(),
        observation: z.strictObject({ at: time, live: liveFlux }).optional(),
      })
      .optional(),
    live: liveFlux.optional(),
  })
  .meta({ id: 'FluxStatus' });

export const deployKeys = z
  .strictObject({
    reachability: z.strictObject({
      isReachable: z.boolean(),
      code: text.optional().meta({ description: 'Why the Git host did not tell.' }),
      detail: text.optional(),
    }),
    recordedFingerprint: text
      .optional()
      .meta({ description: 'Of the key that the last successful bootstrap left the cluster with.' }),
    items: z
      .array(
        z.strictObject({
          fingerprint: text,
          title: text,
          publicKey: text,
          isReadOnly: z.boolean(),
          isRecorded: z.boolean().meta({ description: 'It is the recorded one.' }),
        }),
      )
      .optional()
      .meta({ description: 'Absent: it is not known which there are.' }),
  })
  .meta({ id: 'DeployKeys' });
