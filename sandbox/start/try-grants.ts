import type { EcrPrincipal } from '../../src/ecr-access/ecr-grant.ts';
import { exampleGrant, exampleImages, exampleRegistry, exampleStaging } from '../example-grant.ts';
import { curl, type Trial, waiting } from './trial.ts';

const grantedDays = 30;

export function accessToImages(now: Date): Trial {
  const { accountId, region } = exampleRegistry;
  const [repository] = exampleImages.granted;
  const expiresAt = new Date(now.getTime() + grantedDays * 24 * 3600 * 1000).toISOString();
  const { accountId: stagingId, deployerName: roleName } = exampleStaging;
  const principal: EcrPrincipal = { type: 'role', accountId: stagingId, roleName };
  const put = `-X PUT ${waiting} -H "$json"`;
  return {
    title: "Access to images, by policies of ECR's repositories: read it, lose it, have it again, withdraw it.",
    names: [
      `grant=$acme/ecr-grants/${exampleGrant.id}`,
      `repository=$world/ecr/${accountId}/${region}/${repository}`,
      `history=$acme/ecr-registries/${accountId}/${region}/policy-history`,
      `which='?repository=${repository}'`,
      `json='content-type: application/json'`,
      `right='${JSON.stringify(exampleGrant.spec)}'`,
      `limited='${JSON.stringify({ ...exampleGrant.spec, principal, expiresAt })}'`,
      `other='{"policy": ${JSON.stringify(overwriting)}}'`,
    ],
    commands: [
      curl(200, 'the grant, what became of it at each repository, and what the other side needs', '$grant'),
      curl(200, "the repository in ECR: its policy has a person's statement, and ours behind it", '$repository'),
      curl(200, 'somebody writes another policy by hand: ours is gone', `-X PUT -d "$other" $repository`),
      {
        what: 'the sweeper, which looks every two seconds here, finds that and puts ours back: until then',
        line: 'until curl -sS $repository | grep FleetApiPull >/dev/null; do sleep 1; done',
      },
      curl(200, 'ours is back, behind what is there now', '$repository'),
      curl(200, 'by an operation of its own: reconcile-ecr-registry', '"$acme/operations?pageSize=5"'),
      curl(200, 'what the grant would change: nothing more', '-X POST $grant/plan'),
      curl(200, 'the grant is PUT again: nothing is written', `${put} -d "$right" $grant`),
      curl(200, 'what the policy was before each of our writes', '"$history$which"'),
      {
        what: 'the oldest of them',
        line: `oldest=$(curl -sS "$history$which" | grep '"id"' | tail -1 | cut -d'"' -f4)`,
      },
      curl(200, 'it is restored', `-X POST ${waiting} "$history/$oldest/restore$which"`),
      curl(200, "the person's statement is there again, and ours behind it", '$repository'),
      curl(200, 'the grant is withdrawn', `-X DELETE ${waiting} $grant`),
      curl(404, 'and forgotten', '$grant'),
      curl(200, 'its statement is gone, and no other', '$repository'),
      curl(200, `it is granted anew: to one role, for ${grantedDays} days`, `${put} -d "$limited" $grant`),
      curl(200, 'ALLOWED: the policies of both sides let the role pull', '-X POST $grant/verify'),
      curl(200, 'who granted and withdrew what, and when', '$acme/events'),
    ],
  };
}

const overwriting = {
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Sid: 'ByHand', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
      Action: 'ecr:DescribeImages',
    },
  ],
};
