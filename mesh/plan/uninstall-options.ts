import type { Member } from './member.ts';

/** What a person decided about an uninstall. */
export type UninstallOptions = {
  /** Whether Istio's definitions go too, where no object of their kinds is left. */
  crds: boolean;
  /** Whether it goes on although something outside of the mesh is linked to it. */
  force: boolean;
  /** Clusters that are gone for good: nothing is removed in them. */
  forget: string[];
  /** A cluster that cannot be reached for so long is left behind, in milliseconds. */
  leaveAfterMs: number;
  /** Clusters that an earlier operation left behind, which perhaps no file and no other cluster names any more. */
  remembered: Member[];
};
