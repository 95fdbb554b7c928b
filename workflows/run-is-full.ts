/** Ends the execution of a plan because the history of the run is full; never leaves the workflow as it is, see installMesh. */
export class RunIsFull extends Error {
  /** Says so. */
  constructor() {
    super('the history of this run is full');
  }
}
