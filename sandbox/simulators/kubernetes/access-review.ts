import { authorize, type Call, json } from './call.ts';
import { isRecord, recordAt, stringAt } from './json.ts';
import { badRequest } from './kubernetes-error.ts';
import { isAllowed } from './rbac.ts';

/** SelfSubjectAccessReview (authorization.k8s.io/v1): may I? `*` asks for everything of its sort. */
export function answerReview(call: Call): () => Response {
  const { world, caller } = call;
  authorize(call, { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' });
  const review = parse(call.body);
  const spec = recordAt(review, 'spec');
  const asked = recordAt(spec, 'resourceAttributes');
  if (!isRecord(spec['resourceAttributes'])) throw badRequest('spec.resourceAttributes: Required value');
  const [namespace, subresource, name] = ['namespace', 'subresource', 'name'].map((field) => stringAt(asked, field));
  const allowed = isAllowed(world, caller, {
    ...{ verb: stringAt(asked, 'verb'), group: stringAt(asked, 'group'), resource: stringAt(asked, 'resource') },
    ...(namespace && { namespace }),
    ...(subresource && { subresource }),
    ...(name && { name }),
  });
  const answer = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {}, spec };
  return json({ ...answer, status: { allowed } }, 201);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('the body is not JSON');
  }
}
