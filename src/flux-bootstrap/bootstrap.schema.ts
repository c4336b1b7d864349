import * as z from 'zod';

/** Body of bootstrap and of its plan. */
export const bootstrapSchema = z.strictObject({
  allowPrune: z.boolean().default(false).meta({
    description: 'Go on although the new manifests no longer hold objects that Flux would then delete.',
  }),
  replace: z.boolean().default(false).meta({
    description: 'Take on another EKS cluster that stands under the same name as the one that was bootstrapped.',
  }),
});

/** Without a body, all of it is as it is by default. */
export const optionalBootstrapSchema = bootstrapSchema.prefault({});
