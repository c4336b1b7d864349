import * as z from 'zod';
import { errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { problemTexts } from './problems.ts';

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'Stable for each code.', examples: ['urn:fleet-api:problem:not-found'] }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'For the caller: what is wrong, and what to do.' }),
    code: z.enum(codes).meta({ description: 'The closed list; `docs/errors.md` has the remedy of each.' }),
    requestId: z.string().meta({ description: 'As in the header `X-Request-Id`.' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().optional().meta({ description: 'JSON Pointer (RFC 6901) into the body.' }),
          parameter: z.string().optional().meta({ description: 'Name of a parameter of path or query.' }),
          detail: z.string(),
        }),
      )
      .optional(),
    usedBy: z.array(z.string()).optional().meta({ description: 'What is in the way of `resource-in-use`.' }),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' });

/** The problem as an answer may show it. */
export function problemExample(code: ErrorCode): { readonly summary: string; readonly value: object } {
  const { status, title } = errorCodes[code];
  const { detail, errors, usedBy } = problemTexts[code];
  const requestId = '5f1c2e7a-3b4d-4c5e-8f6a-7b8c9d0e1f2a';
  const value = { type: `urn:fleet-api:problem:${code}`, title, status, detail, code, requestId };
  return { summary: title, value: { ...value, ...(errors ? { errors } : {}), ...(usedBy ? { usedBy } : {}) } };
}
