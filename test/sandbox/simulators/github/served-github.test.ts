import { expect, it } from 'vitest';
import { listen } from '../../../../sandbox/listen.ts';
import { createGitHub, repository } from './github-fixture.ts';

it('closes the socket where a fault resets the connection, and answers the next call', async () => {
  const { world, api, mint } = createGitHub();
  const token = await mint();
  const server = await listen(api.fetch);
  const fault = { times: 1, delayMilliseconds: 0, isStale: false, when: 'before' } as const;
  world.faults = [{ ...fault, action: 'github:GetRepository', error: 'reset' }];
  const ask = () =>
    fetch(`${server.url}/repos/${repository.owner}/${repository.name}`, {
      headers: { authorization: `Bearer ${token}` },
    });

  try {
    await expect(ask()).rejects.toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) } });
    expect((await ask()).status).toBe(200);
  } finally {
    await server.close();
  }
});
