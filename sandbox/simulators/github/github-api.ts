import type { Hono } from 'hono';

import { createSimulatorApp } from '../simulator-app.ts';
import { administrationRoutes } from './administration-routes.ts';
import { appRoutes } from './app-routes.ts';
import { deployKeyRoutes } from './deploy-key-routes.ts';
import { gitCommitRoutes } from './git-commit-routes.ts';
import { gitTreeRoutes } from './git-tree-routes.ts';
import type { GitHubCore } from './github-core.ts';
import { refRoutes } from './ref-routes.ts';
import { repositoryRoutes } from './repository-routes.ts';

/** GitHub's REST API (version 2022-11-28) as far as the product and an owner's administration use it. */
export function createGitHubApi(core: GitHubCore): Hono {
  const app = createSimulatorApp((c) => c.json({ message: 'Server Error', status: '500' }, 500));
  app.notFound((c) => c.json({ message: 'Not Found', status: '404' }, 404));
  appRoutes(app, core);
  gitTreeRoutes(app, core);
  gitCommitRoutes(app, core);
  refRoutes(app, core);
  deployKeyRoutes(app, core);
  administrationRoutes(app, core);
  repositoryRoutes(app, core);
  return app;
}
