/** Result of real requests from one cluster to another. */
export type VerifyPair = {
  /** Cluster of the client pod. */
  from: string;
  /** Cluster whose version had to answer. */
  to: string;
  /** Whether `to` answered `from`. */
  ok: boolean;
  /** Requests sent from `from` in all. */
  requests: number;
  /** How many of them `to` answered. */
  answers: number;
  /** Why it is not ok, or null. */
  reason: string | null;
  /** How requests go: to the pods themselves, or through an east-west gateway; absent where it could not be seen. */
  path?: 'direct' | 'gateway';
};

/** The matrix over all ordered pairs, a cluster with itself included. */
export type VerifyReport = {
  apiVersion: 'meshwright.dev/v1alpha1';
  kind: 'VerifyReport';
  /** Mesh name. */
  mesh: string;
  /** Whether every pair is ok. */
  ok: boolean;
  /** Pairs, rows first. */
  pairs: VerifyPair[];
};
