/**
 * Loaded before the API: writes Node's compile cache soon after the start. Node itself writes it at an orderly exit, and
 * an API that is killed never has one, while its next start is to be quick.
 */
import { flushCompileCache } from 'node:module';

const afterMilliseconds = 1500;

setTimeout(flushCompileCache, afterMilliseconds).unref();
