/** `npm run openapi`: writes `openapi.yaml` and `docs/errors.md` from what the routes say of themselves. */
import { writeFileSync } from 'node:fs';
import { contractFiles } from './contract-files.ts';

for (const { path, content } of await contractFiles()) writeFileSync(path, content);
