import { expect } from 'vitest';

/** The answer is a problem document of that code; answers with it, for more to look at. */
export async function expectProblem(
  answer: Response | Promise<Response>,
  { status, code }: { readonly status: number; readonly code: string },
): Promise<Record<string, unknown>> {
  const response = await answer;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, code, type: `urn:fleet-api:problem:${code}` });
  expect(problem['requestId']).toBe(response.headers.get('x-request-id'));
  return problem;
}
