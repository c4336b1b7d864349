import { AwsError } from './aws-error.ts';
import type { SignatureFault, SignedRequest } from './aws-signature.ts';
import { verifySignature } from './aws-signature.ts';
import type { AwsWorld, Caller, TrailEntry } from './aws-world.ts';

/** Every service but STS allows five minutes (aws/aws-sdk-php#537: "- 5 min."). */
const toleranceMinutes = 5;

/** Codes of refused signatures, of the services that answer in JSON (EKS API reference, "Common Errors"). */
const signatureErrors = {
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  'wrong-session-token': 'UnrecognizedClientException',
  'session-expired': 'ExpiredTokenException',
  'not-current': 'InvalidSignatureException',
  'wrong-scope': 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
} as const satisfies Record<SignatureFault, string>;

/** Who signed a request to a service that answers in JSON, and for which region; throws what the service answers. */
export function signerOf(
  world: AwsWorld,
  request: SignedRequest,
  { service, refusedStatus }: { readonly service: string; readonly refusedStatus: number },
): { readonly caller: Caller; readonly region: string } {
  const verified = verifySignature(world, request, { service, toleranceMinutes });
  if (verified.kind === 'refused') {
    throw new AwsError(refusedStatus, signatureErrors[verified.fault], verified.message);
  }
  return verified;
}

/** Does a call and enters it on the trail, whatever comes of it. */
export async function onTrail<T>(
  world: AwsWorld,
  entry: Omit<TrailEntry, 'time' | 'errorCode'>,
  perform: () => T | Promise<T>,
): Promise<T> {
  const timed = { time: world.now().toISOString(), ...entry };
  try {
    const answer = await perform();
    world.trail.push(timed);
    return answer;
  } catch (error) {
    world.trail.push({ ...timed, errorCode: error instanceof AwsError ? error.code : 'InternalFailure' });
    throw error;
  } finally {
    world.onChange();
  }
}
