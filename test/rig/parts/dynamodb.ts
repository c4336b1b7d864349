/** DynamoDB Local, in memory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, startPart, takeFreePort, waitForPort } from './process.ts';

export interface DynamoDb extends Part {
  readonly url: string;
}

export interface DynamoDbOptions {
  /** What Maven copied: the jars, and the native SQLite libraries among them. */
  readonly libraryDirectory: string;
  /** For what it writes. */
  readonly directory: string;
  readonly logFile: string;
  readonly onStart?: (pid: number) => void;
}

export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  await mkdir(options.directory, { recursive: true });
  const port = await takeFreePort();
  const part = await startPart({
    name: 'dynamodb',
    command: 'java',
    args: [
      ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'],
      `-Djava.io.tmpdir=${options.directory}`,
      `-Djava.library.path=${options.libraryDirectory}`,
      ...['-cp', join(options.libraryDirectory, '*')],
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      ...['-inMemory', '-disableTelemetry', '-port', String(port)],
    ],
    workingDirectory: options.directory,
    logFile: options.logFile,
    stopGraceMilliseconds: 0,
    waitUntilReady: (signal) => waitForPort(port, signal),
    ...(options.onStart ? { onStart: options.onStart } : {}),
  });
  return { ...part, url: `http://127.0.0.1:${port}` };
}
