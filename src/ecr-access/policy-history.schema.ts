import * as z from 'zod';
import { pageQuery } from '../http/paging.schema.ts';
import { repositoryName } from './ecr-grant.schema.ts';

const repository = repositoryName.meta({ description: 'Name of the repository.', examples: ['team/api'] });

/** Names hold slashes, so that they stand in no path. */
export const policyHistoryQuery = z.strictObject({ repository, ...pageQuery });
export const repositoryQuery = z.strictObject({ repository });
