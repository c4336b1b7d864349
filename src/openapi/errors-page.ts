import { errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { failureCodes } from '../operations/operation-failures.ts';
import { failureTexts } from './failures.ts';
import { problemTexts } from './problems.ts';

/** `docs/errors.md`: every code on one page, each with its remedy. */
export function errorsPage(): string {
  const problems = (Object.keys(errorCodes) as ErrorCode[]).map((code) => {
    const { status, title } = errorCodes[code];
    return `| \`${code}\` | ${status} | ${title}. | ${problemTexts[code].remedy} |`;
  });
  const failures = failureCodes.map((code) => {
    const { means, remedy } = failureTexts[code];
    return `| \`${code}\` | ${means} | ${remedy} |`;
  });
  return `<!-- Made by \`npm run openapi\` from src/openapi; change it there. -->
# Errors
Both lists are closed: a code keeps its status and meaning, and a new one is announced in the changelog.

## Answers
An error is a problem document (RFC 9457, \`application/problem+json\`): \`type\` (\`urn:fleet-api:problem:<code>\`),
\`title\`, \`status\`, \`detail\` (what is wrong here, and what to do), \`code\`, \`requestId\`; with \`errors\` where fields or
parameters are at fault, and \`usedBy\` where something is in the way.

| code | status | means | what to do |
|---|---|---|---|
${problems.join('\n')}

## Failures of operations, and checks of a plan
\`failure\` of an operation has \`step\`, \`code\`, \`detail\`, \`retryable\` and \`remedies\`; a check of a plan that fails has
the \`code\` that the bootstrap would fail with. Nothing has been changed when \`preflight\` failed; after any other step,
what is done stays done, and another call goes on from there.

| code | means | what to do |
|---|---|---|
${failures.join('\n')}
`;
}
