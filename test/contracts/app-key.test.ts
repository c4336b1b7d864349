import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAppKeyFile } from '../../src/adapters/app-key-file.ts';
import { createAppKeySecret } from '../../src/adapters/app-key-secret.ts';
import { secretArn, startScriptedSecrets } from '../adapters/scripted-secrets.ts';
import { appKeyContract } from './app-key.contract.ts';

appKeyContract('file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'app-key-'));
  const path = join(directory, 'app.pem');
  return {
    keep: (text) => (text === undefined ? rm(path, { force: true }) : writeFile(path, text)),
    appKey: () => createAppKeyFile(path),
    close: () => rm(directory, { recursive: true }),
  };
});

appKeyContract('Secrets Manager, scripted', async () => {
  const secrets = await startScriptedSecrets();
  return {
    async keep(text) {
      secrets.text = text;
    },
    appKey: () => createAppKeySecret({ secretArn, ...secrets.client, now: () => new Date() }),
    close: secrets.close,
  };
});

appKeyContract('Secrets Manager, as JSON', async () => {
  const secrets = await startScriptedSecrets();
  return {
    async keep(text) {
      secrets.text = text === undefined ? undefined : JSON.stringify({ appId: 77, privateKey: text });
    },
    appKey: () => createAppKeySecret({ secretArn, ...secrets.client, now: () => new Date() }),
    close: secrets.close,
  };
});
