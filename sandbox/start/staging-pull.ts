import {
  BatchGetImageCommand,
  ECRClient,
  ECRServiceException,
  GetDownloadUrlForLayerCommand,
} from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient, STSServiceException } from '@aws-sdk/client-sts';
import * as z from 'zod';
import { exampleImages, exampleRegistry, exampleStaging } from '../example-grant.ts';

export interface StagingOptions {
  /** Of STS and ECR. */
  readonly worldUrl: string;
  /** Of staging's own user. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly signal: AbortSignal;
}

export type Pull =
  | { readonly kind: 'pulled' }
  /** `why` in the words of AWS. */
  | { readonly kind: 'refused'; readonly why: string };

/** Tries to pull an image as staging's deployer: the calls that ECR makes of `docker pull`, signed with the role's session. */
export async function pullAsStaging(options: StagingOptions, repositoryName: string): Promise<Pull> {
  try {
    await pull(options, repositoryName);
    return { kind: 'pulled' };
  } catch (error) {
    if (!(error instanceof ECRServiceException || error instanceof STSServiceException)) throw error;
    return { kind: 'refused', why: reasonIn(error.message) };
  }
}

async function pull({ worldUrl, keys, signal }: StagingOptions, repositoryName: string): Promise<void> {
  const settings = { endpoint: worldUrl, region: exampleRegistry.region };
  const sending = { abortSignal: signal };
  const sts = new STSClient({ ...settings, credentials: keys });
  const asDeployer = new AssumeRoleCommand({ RoleArn: exampleStaging.deployerArn, RoleSessionName: 'deploy' });
  const session = sessionAnswer.parse((await sts.send(asDeployer, sending)).Credentials);
  const ecr = new ECRClient({ ...settings, credentials: session });
  const repository = { registryId: exampleRegistry.accountId, repositoryName };
  const imageIds = [{ imageTag: exampleImages.tag }];
  const { images } = await ecr.send(new BatchGetImageCommand({ ...repository, imageIds }), sending);
  for (const { digest: layerDigest } of manifestOf(images?.[0]?.imageManifest).layers) {
    await ecr.send(new GetDownloadUrlForLayerCommand({ ...repository, layerDigest }), sending);
  }
}

const sessionAnswer = z
  .object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), SessionToken: z.string() })
  .transform(({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken }) => ({
    ...{ accessKeyId, secretAccessKey, sessionToken },
  }));

const manifest = z.object({ layers: z.array(z.object({ digest: z.string() })).min(1) });

function manifestOf(text = ''): z.output<typeof manifest> {
  return manifest.parse(JSON.parse(text));
}

/** Whom, what and where we know; the rest is why. */
function reasonIn(message: string): string {
  return /\b(?:because|with an explicit deny) .*$/.exec(message)?.[0] ?? message;
}
