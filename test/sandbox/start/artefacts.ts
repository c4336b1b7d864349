/** All that a start leaves for somebody to read. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { startDynalite } from '../../../sandbox/dynamodb.ts';
import { routeSpecs } from '../../support/route-specs.ts';

/** Each file, by its path, and the items of the table, whose files are compressed. */
export async function artefactsOf(data: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(data, { withFileTypes: true, recursive: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const contents = await Promise.all(
    files.map(async (file) => [file.slice(data.length + 1), await readFile(file, 'latin1')] as const),
  );
  return { ...Object.fromEntries(contents), items: await itemsIn(join(data, 'table')) };
}

async function itemsIn(directory: string): Promise<string> {
  const server = await startDynalite({ directory });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: server.url, region: 'eu-west-1', credentials });
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const scans = TableNames.map((TableName) => client.send(new ScanCommand({ TableName })));
    const items = (await Promise.all(scans)).flatMap(({ Items = [] }) => Items);
    if (items.length < 20) throw new Error(`the table has ${items.length} items only`);
    return JSON.stringify(items);
  } finally {
    client.destroy();
    await server.close();
  }
}

/** What the API answers to each GET of the contract, headers included, for the example, its grant and its latest operation. */
export async function everyAnswer(apiUrl: string): Promise<readonly string[]> {
  const acme = `${apiUrl}/v1/customers/acme`;
  const { items } = (await (await fetch(`${acme}/operations`)).json()) as { items: readonly { id: string }[] };
  const ids: Readonly<Record<string, string | undefined>> = {
    ...{ customer: 'acme', account: '111122223333', cluster: 'production', operation: items[0]?.id },
    ...{ grant: 'staging-pull', region: 'eu-west-1' },
  };
  const paths = routeSpecs()
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `no ${name}`));
  // Repositories have slashes, so that they stand in the query.
  const urls = paths.map(
    (path) => `${apiUrl}${path}${path.includes('/ecr-registries/') ? '?repository=team/api' : ''}`,
  );
  return Promise.all([...urls, `${apiUrl}/`].map(answerOf));
}

async function answerOf(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok && !url.endsWith('/')) throw new Error(`${url}: ${answer.status}`);
  return [url, answer.status, ...[...answer.headers].flat(), await answer.text()].join('\n');
}
