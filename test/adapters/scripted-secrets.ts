import { type ScriptedReply, startScriptedServer } from '../support/scripted-server.ts';

export const secretArn = 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:fleet/app-key-AbCdEf';

export interface ScriptedSecrets {
  /** What the secret holds; `undefined`: there is no such secret. */
  text: string | undefined;
  /** Given in place of the next answers, in this order. */
  replies: ScriptedReply[];
  /** Calls so far. */
  readonly calls: () => number;
  /** Options for the adapter. */
  readonly client: {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  close(): Promise<void>;
}

/** GetSecretValue of one secret, in AWS JSON 1.1 (Secrets Manager API reference, GetSecretValue). */
export async function startScriptedSecrets(): Promise<ScriptedSecrets> {
  const server = await startScriptedServer(({ body, headers }) => {
    const isCall = headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    if (!isCall || JSON.stringify(body) !== JSON.stringify({ SecretId: secretArn })) {
      return refusal('InvalidRequestException');
    }
    const reply = secrets.replies.shift();
    if (reply) return reply;
    return secrets.text === undefined
      ? refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
      : { body: { ARN: secretArn, Name: 'fleet/app-key', SecretString: secrets.text } };
  });
  const secrets: ScriptedSecrets = {
    text: undefined,
    replies: [],
    calls: () => server.requests.length,
    client: { endpoint: server.url, credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } },
    close: server.close,
  };
  return secrets;
}

export function refusal(type: string, message = 'the reason', status = 400): ScriptedReply {
  return { status, body: { __type: type, message } };
}
