import { Context } from '@temporalio/activity';
import { changeRecorder } from '../attempt/attempt-changes.ts';
import { doubtedProof } from '../attempt/proof-interceptor.ts';
import type { DoubtedProof } from '../verification/doubting-clusters.ts';

/** What the attempt puts in doubt that is running where it is asked. */
export function temporalDoubtedProof(): DoubtedProof {
  const context = Context.current();
  return {
    namespace: doubtedProof(context),
    wroteBefore: changeRecorder(context).changes(0) !== null,
  };
}
