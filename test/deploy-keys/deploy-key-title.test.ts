import { describe, expect, it } from 'vitest';
import { deployKeyTitle, isDeployKeyTitleOf } from '../../src/deploy-keys/deploy-key-title.ts';

const owner = { customer: 'acme', cluster: 'production' };
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOTH0qrR/R5xwSjUnjTyrNi+gxMIs3r5RzGk2Fm3eb5k';
const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHZED6cuJQpdJziIUqNrCTx/YomLkZR73IyeDethcXIL';

describe('the title of a deploy key', () => {
  it('names the customer, the cluster and the key', () => {
    expect(deployKeyTitle(owner, publicKey)).toBe('fleet-api:acme/production (flux-system) GVd8pI8O');
  });

  it('is another one for another key, since a Git host may refuse the same title twice', () => {
    expect(deployKeyTitle(owner, otherKey)).not.toBe(deployKeyTitle(owner, publicKey));
  });

  it('is known as the title of its cluster, whichever key it is', () => {
    expect(isDeployKeyTitleOf(owner, deployKeyTitle(owner, publicKey))).toBe(true);
    expect(isDeployKeyTitleOf(owner, deployKeyTitle(owner, otherKey))).toBe(true);
  });

  it.each([
    deployKeyTitle({ customer: 'acme', cluster: 'production-2' }, publicKey),
    deployKeyTitle({ customer: 'ac', cluster: 'production' }, publicKey),
    'fleet-api:acme/production (flux-system) ',
    'fleet-api:acme/production (flux-system) by hand',
    'production',
  ])('is not the title of another cluster: %s', (title) => {
    expect(isDeployKeyTitleOf(owner, title)).toBe(false);
  });
});
