import { expect, it } from 'vitest';
import { callOf } from './aws-handler.ts';

const post = { method: 'POST', path: '/', headers: {}, body: '{}' };
const ecr = (action: string) => ({ 'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${action}` });

it.each([
  ['sts AssumeRole', true, { ...post, body: 'Action=AssumeRole&Version=2011-06-15' }],
  ['ecr SetRepositoryPolicy', true, { ...post, headers: ecr('SetRepositoryPolicy') }],
  ['ecr GetRepositoryPolicy', false, { ...post, headers: ecr('GetRepositoryPolicy') }],
  ['eks GET /clusters/{cluster}', false, { ...post, method: 'GET', path: '/clusters/a?x=1' }],
])("calls into customers' accounts are told apart: %s", (name, hasEffect, request) => {
  expect(callOf('customer', request)).toEqual({ name, hasEffect });
});
