/** The contract of `GitHost` against the rig's Gitea. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { gitHostContract } from '../contracts/git-host.contract.ts';
import { makeGiteaWorld } from './gitea-world.ts';

const rigSchema = z.object({ gitUrl: z.string(), gitToken: z.string(), gitSshUrl: z.string() });

gitHostContract('the real Gitea', async () => {
  const file = process.env['RIG_ENV'] ?? '.rig/env.json';
  const rig = rigSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return makeGiteaWorld({ url: rig.gitUrl, adminToken: rig.gitToken, sshUrl: rig.gitSshUrl });
});
