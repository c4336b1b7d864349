import * as z from 'zod';

/**
 * What people write in one line: no control characters, no space at either end. The pattern says all of it, so that
 * the contract refuses what we refuse; lengths count characters, not UTF-16 units.
 */
export function shortText(maxLength: number): z.ZodString {
  const inside = String.raw`[^\u0000-\u001f\u007f]`;
  const outside = String.raw`[^\u0000-\u0020\u007f]`;
  const pattern = new RegExp(`^${outside}(?:${inside}{0,${maxLength - 2}}${outside})?$`, 'u');
  return z
    .string()
    .regex(
      pattern,
      `must have 1 to ${maxLength} characters, none of them a control character, and no space at its ends`,
    )
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode, without half a surrogate pair');
}
