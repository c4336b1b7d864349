import { describe, expect, it } from 'vitest';
import { customerRoleArn, partitionOf } from '../../src/accounts/account.ts';
import { account } from '../support/fleet.ts';

describe('a role', () => {
  it.each([
    ['eu-west-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('of %s is in the partition %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(customerRoleArn({ partition, accountId: account, roleName: 'fleet-api' })).toBe(
      `arn:${partition}:iam::${account}:role/fleet-api`,
    );
  });
});
