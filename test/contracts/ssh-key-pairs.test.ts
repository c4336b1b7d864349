import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { sshKeyPairsContract } from './ssh-key-pairs.contract.ts';

sshKeyPairsContract("Node's crypto", () => ({ generate: generateKeyPair }));
