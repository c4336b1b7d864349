/** The private half is a secret: it goes into the cluster's Secret and nowhere else. */
export interface SshKeyPair {
  /** PKCS#8 in PEM. */
  readonly privateKeyPem: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

/** Makes the key pairs that clusters read their repositories with. */
export interface SshKeyPairs {
  /** A new ed25519 pair. */
  readonly generate: () => SshKeyPair;
}
