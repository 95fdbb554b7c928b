/** A CA with its key, in activity memory only. */
export type SigningCa = {
  /** Certificate, PEM. */
  certPem: string;
  /** Private key, PKCS#8 PEM. */
  keyPem: string;
};

/** Keeps the mesh's generated root CA on the worker, readable by its owner only. */
export interface TrustStore {
  /** The stored root of a mesh; null when this worker has none. */
  readRoot(mesh: string): Promise<SigningCa | null>;
  /** Stores a root unless one is stored already, atomically against other workers on the machine; answers the one that counts. */
  keepRoot(mesh: string, root: SigningCa): Promise<SigningCa>;
  /** Where the root of a mesh is kept, for people; null when this worker has none. */
  locate(mesh: string): Promise<string | null>;
}
