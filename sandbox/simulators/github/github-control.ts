import { Hono } from 'hono';
import * as z from 'zod';

import { faultBody } from '../faults.ts';
import type { GitHubWorld } from './github-world.ts';

/** `/_world/github`: the world, set and read over plain HTTP without credentials, for tests in other processes. */

const faultsBody = z.array(faultBody.extend({ action: z.string().startsWith('github:') }));

const commitBody = z.strictObject({
  files: z.record(z.string(), z.string().nullable()),
  branch: z.string().optional(),
  message: z.string().optional(),
});

const protectionBody = z.strictObject({
  requiredReviews: z.int().min(0).max(6).optional(),
  requiredChecks: z.array(z.string()).optional(),
  isLocked: z.boolean().optional(),
});

export function createGitHubControl(world: GitHubWorld): Hono {
  const app = new Hono();
  app.onError((error, c) => c.json({ message: error.message }, 400));
  app.put('/_world/github/faults', async (c) => {
    world.faults = faultsBody.parse(await c.req.json());
    return c.body(null, 204);
  });
  app.get('/_world/github/history', (c) => c.json(world.history));
  app.get('/_world/github/repositories/:owner/:name/keys', (c) => c.json(world.deployKeys(c.req.param())));
  app.post('/_world/github/repositories/:owner/:name/commits', async (c) => {
    const { files, branch, message } = commitBody.parse(await c.req.json());
    const named = { ...(branch !== undefined && { branch }), ...(message !== undefined && { message }) };
    return c.json({ commit: world.commitByOther(c.req.param(), { files, ...named }) }, 201);
  });
  app.put('/_world/github/repositories/:owner/:name/protections/:branch', async (c) => {
    const { branch, ...name } = c.req.param();
    const { requiredReviews, requiredChecks, isLocked } = protectionBody.parse(await c.req.json());
    world.protectBranch(name, branch, {
      ...(requiredReviews !== undefined && { requiredReviews }),
      ...(requiredChecks && { requiredChecks }),
      ...(isLocked !== undefined && { isLocked }),
    });
    return c.body(null, 204);
  });
  app.delete('/_world/github/repositories/:owner/:name/protections/:branch', (c) => {
    const { branch, ...name } = c.req.param();
    world.unprotectBranch(name, branch);
    return c.body(null, 204);
  });
  return app;
}
