/** The process behind aws.ts: `node aws-process.ts SETTINGS`. Logs each authenticated call in one line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Hono } from 'hono';
import { createFetchServer, listen } from '../../../sandbox/listen.ts';
import { createAwsControl } from '../../../sandbox/simulators/aws-control.ts';
import { type AwsWorld, type TrailEntry, createAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import { createEcrSimulator } from '../../../sandbox/simulators/ecr/ecr.ts';
import { createEksSimulator } from '../../../sandbox/simulators/eks/eks.ts';
import { createIamSimulator } from '../../../sandbox/simulators/iam/iam.ts';
import { createSimulatorApp } from '../../../sandbox/simulators/simulator-app.ts';
import { createStsSimulator } from '../../../sandbox/simulators/sts/sts.ts';
import { authenticatorMappings } from './authenticator-mappings.ts';
import { type AwsProcessSettings, accessEntriesFile } from './aws.ts';

const settings = readSettings(process.argv[2] ?? '');
const world = createAwsWorld({
  onAccessEntriesChanged(cluster) {
    // In place, not by a rename: the authenticator watches the file itself and looks for a new one only each second.
    writeFileSync(
      accessEntriesFile(settings.accessEntriesDirectory, cluster),
      JSON.stringify(authenticatorMappings(cluster.accessEntries.values())),
    );
  },
});
logTrail(world);

const sts = createSimulatorApp().route('/', createStsSimulator(world)).route('/', createAwsControl(world));
const eks = createSimulatorApp()
  .route('/', createEksSimulator(world))
  .route('/', createEcrSimulator(world))
  .route('/', createIamSimulator(world))
  .route('/', createAwsControl(world));
await listen(sts.fetch, settings.stsPort);
await listen(eks.fetch, settings.eksPort);
createConnectProxy(sts).listen(settings.proxyPort, '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));

/** Tunnels end here: TLS is spoken by ourselves, and any other host is refused. */
function createConnectProxy(app: Hono): Server {
  const certificate = readFileSync(settings.certificateFile, 'utf8');
  const front = createFetchServer(app.fetch, { certificate, key: readFileSync(settings.keyFile, 'utf8') });
  const proxy = createServer((_request, response) => response.writeHead(405).end('only CONNECT\n'));
  proxy.on('connect', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy());
    const [host = '', port] = (request.url ?? '').split(':');
    if (port !== '443' || !settings.stsHosts.includes(host)) {
      console.log(`${new Date().toISOString()} refused CONNECT ${request.url}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.unshift(head);
    front.emit('connection', socket);
  });
  return proxy;
}

function logTrail({ trail }: AwsWorld): void {
  const push = trail.push.bind(trail);
  trail.push = (...entries: TrailEntry[]) => {
    for (const { time, action, resource, caller, errorCode } of entries) {
      console.log(`${time} ${action} ${resource} by ${caller}${errorCode ? `: ${errorCode}` : ''}`);
    }
    return push(...entries);
  };
}

function readSettings(file: string): AwsProcessSettings {
  return JSON.parse(readFileSync(file, 'utf8'));
}
