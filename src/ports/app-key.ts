/** The private key of our GitHub App. Whoever has it is the App: it is passed on to the signer and to nobody else. */
export interface AppKey {
  /**
   * PEM of an RSA private key. What cannot be read, or is no such key, is an `OutsideCallError` with
   * `secrets-manager` or `app-key-file`, which holds nothing of what was read.
   */
  privateKeyPem(): Promise<string>;
  /** The Git host has refused what the key signed: it is looked up again the next time. */
  forget(): void;
}
