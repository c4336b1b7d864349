import { expect, it } from 'vitest';
import { acme, clusterPath } from '../../support/fleet.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it.each([undefined, {}, { allowPrune: true, replace: true }])(
  'answers with checks and changes, and writes nothing anywhere, for the body %o',
  async (body) => {
    const fleet = await fleets.registered();
    fleet.cluster.entries.add('arn:aws:iam::111122223333:role/fleet-api');
    const items = fleet.table.allItems();
    const commits = fleet.git.repository(acme).branches.get('main')?.length;

    const answer = await fleet.call('POST', `${clusterPath}/plan`, body === undefined ? {} : { body });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ checks: expect.any(Array), changes: expect.any(Object) });
    expect(fleet.table.allItems()).toEqual(items);
    expect(fleet.kubernetes.writes).toEqual([]);
    expect(fleet.git.repository(acme).branches.get('main')).toHaveLength(commits ?? 0);
    expect(fleet.git.repository(acme).deployKeys).toEqual([]);
    expect(fleet.engine.started.size).toBe(0);
    expect(fleet.kubernetes.openConnections).toBe(0);
  },
);
