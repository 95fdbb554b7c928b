import type { FollowSpec } from '../../mesh/sync/followed-target.ts';

/** What runs for a mesh in Temporal, as far as activities must know of it or begin it. */
export interface MeshOperations {
  /**
   * The operation that is at work on a mesh, e.g. `install 01a1fd60`; null when none is. One that is blocked counts as none: nothing of it can go on
   * without a person, and a step that is retried reads the live cluster first. One that only looks for clusters that are away counts as none, too: once
   * they are back it looks at the others again.
   */
  atWork(mesh: string): Promise<string | null>;
  /** Hands over what is to be followed, and begins the following when it does not run: answers which. */
  follow(spec: FollowSpec): Promise<'begun' | 'told'>;
  /** Ends the following of a mesh, which then has nothing to follow; false when it did not run. */
  endFollowing(spec: FollowSpec): Promise<boolean>;
}
