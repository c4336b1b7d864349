import type { Hono } from 'hono';
import { createAwsControl } from './simulators/aws-control.ts';
import type { AwsWorld } from './simulators/aws-world.ts';
import { createEksSimulator } from './simulators/eks/eks.ts';
import { createSimulatorApp } from './simulators/simulator-app.ts';
import { createStsSimulator } from './simulators/sts/sts.ts';

/** STS, EKS and `/_world` behind one address. */
export function createAwsApp(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  app.route('/', createStsSimulator(world));
  app.route('/', createEksSimulator(world));
  app.route('/', createAwsControl(world));
  return app;
}
