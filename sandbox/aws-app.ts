import type { Hono } from 'hono';
import { createAwsControl } from './simulators/aws-control.ts';
import type { AwsWorld } from './simulators/aws-world.ts';
import { createEcrSimulator } from './simulators/ecr/ecr.ts';
import { createEksSimulator } from './simulators/eks/eks.ts';
import { createIamSimulator } from './simulators/iam/iam.ts';
import { createSimulatorApp } from './simulators/simulator-app.ts';
import { createStsSimulator } from './simulators/sts/sts.ts';

/** STS, IAM, EKS, ECR and `/_world` behind one address. */
export function createAwsApp(world: AwsWorld): Hono {
  return createAwsServices(world).route('/', createAwsControl(world));
}

export function createAwsServices(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  // Before STS, which takes every other request without a path.
  app.route('/', createEcrSimulator(world));
  app.route('/', createIamSimulator(world));
  app.route('/', createStsSimulator(world));
  app.route('/', createEksSimulator(world));
  return app;
}
