import { FleetError } from '../errors.ts';

/** Ids that stand in paths: what the path guard, folder names and DNS labels all take. */
const slug = {
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  rule: 'has 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -',
};

export const accountIdPattern = /^[0-9]{12}$/;
export const regionPattern = /^[a-z]{2,4}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}$/;
export const regionRule = 'must be the name of an AWS region, such as eu-west-1';
export const accountIdRule = 'must be the 12 digits of an AWS account id';

/** Every parameter that a path may have. Checked without a schema, so that reading a resource needs no schema library. */
export const pathParameters = {
  customer: { ...slug, description: 'Id of the customer.', example: 'acme' },
  account: {
    pattern: accountIdPattern,
    rule: accountIdRule,
    description: 'Id of the AWS account.',
    example: '111122223333',
  },
  cluster: {
    ...slug,
    description: 'Id of the cluster; it names its folder in the repository.',
    example: 'production',
  },
  grant: { ...slug, description: 'Id of the grant.', example: 'staging-pull' },
  region: {
    pattern: regionPattern,
    rule: regionRule,
    description: 'AWS region of the registry.',
    example: 'eu-west-1',
  },
  version: {
    pattern: /^[0-9]{8}T[0-9]{6}\.[0-9]{3}Z_[a-z0-9]{1,60}$/,
    rule: 'must be the id of a former policy, as the list of them says',
    description: 'Id of the former policy.',
    example: '20270101T000000.000Z_01jd6z5k8q3v9x7m2n4p6r8t0w',
  },
  operation: {
    pattern: /^op-[a-z0-9]{1,60}$/,
    rule: 'must be the id of an operation, as its Location says',
    description: 'Id of the operation.',
    example: 'op-01jd6z5k8q3v9x7m2n4p6r8t0w',
  },
} as const;

export type PathParameter = keyof typeof pathParameters;

/** Names in the braces of a path. */
export type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;

/** Checks what stands in the path: an id that could not have been registered is an invalid request, not a missing resource. */
export function checkParameters(values: Readonly<Record<string, string>>): void {
  const errors = Object.entries(values).flatMap(([name, value]) => {
    const { pattern, rule } = pathParameters[name as PathParameter];
    return pattern.test(value) ? [] : [{ parameter: name, detail: rule }];
  });
  if (errors.length === 0) return;
  const told = errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; ');
  throw new FleetError('invalid-request', `The path is not valid: ${told}.`, { errors });
}
