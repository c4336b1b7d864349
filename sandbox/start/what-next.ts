import { exampleRepository, type Example } from '../example.ts';
import { accessToImages } from './try-grants.ts';
import { curl, type Trial, waiting } from './trial.ts';

export interface Places {
  readonly apiUrl: string;
  readonly worldUrl: string;
  readonly example: Example;
  readonly now: Date;
}

/** What to look at and to try, as commands that can be pasted one after the other, into any shell: none has a comment. */
export function whatNext({ apiUrl, worldUrl, example, now }: Places): string {
  const places = [
    `api=${apiUrl}`,
    `acme=$api/v1/customers/${example.customer.id}`,
    `cluster=$acme/clusters/${example.cluster.id}`,
    `world=${worldUrl}/_world`,
  ];
  const trials = [
    ...[lookAround, repeat, breakAndRepair(example), refusal, cancel, accessToImages(now)],
    ...[forget, registerAgain(example)],
  ];
  const first = ['What to try next, in another terminal. Paste this first:', ...places.map(indented)];
  return `${[first, ...trials.map(linesOf)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function linesOf({ title, names = [], commands }: Trial): string[] {
  const told = commands.flatMap(({ status, what, line }) => [`  ${status ?? '...'} ${what}`, indented(line)]);
  return [title, ...names.map(indented), ...told];
}

function indented(line: string): string {
  return `    ${line}`;
}

const lookAround: Trial = {
  title:
    'Look around. (The contract, with every request, answer and error, is openapi.yaml; $api/openapi.yaml is the same.)',
  commands: [
    curl(200, 'the clusters of the customer', '$acme/clusters'),
    curl(200, 'Flux as it is in the cluster now', '$cluster/flux'),
    curl(200, 'our keys at the Git host', '$cluster/deploy-keys'),
    curl(200, 'who changed what', '$acme/events'),
  ],
};

const repeat: Trial = {
  title: 'Twice is once: nothing is left to do.',
  commands: [
    curl(200, 'what a bootstrap would change: nothing', '-X POST $cluster/plan'),
    curl(200, 'SUCCEEDED, most steps SKIPPED', `-X POST ${waiting} $cluster/bootstrap`),
  ],
};

function breakAndRepair({ cluster }: Example): Trial {
  const object = 'apiVersion=apps/v1&kind=Deployment&namespace=flux-system&name=source-controller';
  return {
    title: 'Break something in the cluster, and repair it.',
    names: [`controller="$world/kubernetes/${cluster.id}/objects?${object}"`],
    commands: [
      curl(204, "one of Flux's controllers is gone", '-X DELETE "$controller"'),
      curl(200, 'Flux is not ready, and why', '$cluster/flux'),
      curl(200, 'SUCCEEDED', `-X POST ${waiting} $cluster/bootstrap`),
      curl(200, 'the controller is back', '"$controller"'),
    ],
  };
}

const refusal: Trial = {
  title: 'Meet a refusal: it comes before anything is changed, with a remedy.',
  names: [`branch=$world/github/repositories/${exampleRepository.owner}/${exampleRepository.name}/protections/main`],
  commands: [
    curl(204, 'pushes to the branch need a review from now on', `-X PUT -d '{"requiredReviews": 1}' $branch`),
    curl(200, 'the check branch-rules FAILs', '-X POST $cluster/plan'),
    curl(204, 'they need none any more', '-X DELETE $branch'),
  ],
};

const slowness = JSON.stringify([{ action: 'eks:DescribeCluster', delayMilliseconds: 3000 }]);
/** When it answers, the operation waits for EKS. */
const begun = `$(curl -sSi -X POST -H 'Prefer: wait=1' $cluster/bootstrap | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')`;

const cancel: Trial = {
  title: 'Cancel an operation.',
  commands: [
    curl(204, 'EKS is slow, once', `-X PUT -d '${slowness}' $world/faults`),
    curl(
      200,
      'one is begun, and CANCELLED after the step that waits for EKS',
      `-X POST ${waiting} "$api${begun}/cancel"`,
    ),
  ],
};

const forget: Trial = {
  title: 'Forget the cluster.',
  commands: [
    curl(409, 'resource-in-use: what we left in it is named', '-X DELETE $cluster'),
    curl(200, 'it is forgotten all the same; what stays is in the answer', '-X DELETE "$cluster?abandon=true"'),
  ],
};

function registerAgain({ cluster }: Example): Trial {
  const body = `-H 'content-type: application/json' -d '${JSON.stringify(cluster.spec)}'`;
  return {
    title:
      'And then? Flux goes on without us. Register the cluster again: what stayed is found, and nothing is done twice.',
    commands: [
      curl(201, 'it is registered, as at first', `-X PUT ${body} $cluster`),
      curl(200, 'SUCCEEDED, most steps SKIPPED', `-X POST ${waiting} $cluster/bootstrap`),
    ],
  };
}
