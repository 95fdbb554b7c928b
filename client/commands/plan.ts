import { EXIT } from '../exit-codes.ts';
import { leftByLast } from '../last-operation.ts';
import { DEFAULT_FILE, readMeshFile } from '../mesh-file.ts';
import type { ClientFlags } from '../options.ts';
import { planOperation } from '../plan-operation.ts';
import { painted } from '../render/look.ts';
import { planDocument, renderPlan } from '../render/plan-screen.ts';
import { openSession, withTemporal } from '../session.ts';

/** Flags of `plan`. */
export type PlanFlags = ClientFlags & {
  /** Mesh file. */
  file?: string;
  /** Limit of waiting, in milliseconds. */
  timeout: number;
};

/** Runs `meshwright plan`: shows what an install would do. */
export async function runPlanCommand(flags: PlanFlags): Promise<void> {
  const session = openSession(flags);
  const file = flags.file ?? session.environment.meshFile ?? DEFAULT_FILE;
  const asked = await readMeshFile(file);
  await withTemporal(session, flags, async (temporal) => {
    const remembered = await leftByLast(temporal.access, asked.spec);
    const plan = await planOperation(temporal, flags, { ...asked, remembered }, flags.timeout);
    const document = planDocument(asked.spec, asked.specDigest, plan);
    await session.output.answer(document, (look, wide) => renderPlan(asked.spec, plan, wide, look));
    session.output.note([
      painted(`nothing was changed; next: meshwright install -f ${file}`, 'dim'),
    ]);
    return EXIT.ok;
  });
}
