import type { StoryEvent } from '../history/story-event.ts';
import type { ToldOperation } from '../history/tell-story.ts';
import { countsText, objectChangeLine } from './change-counts.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { count } from './step-text.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { elapsedBetween, isoSeconds, tookText } from './time.ts';

/** Renders all that happened in an operation in the order of time; below each step why it failed, and what it wrote, with digests before and after. */
export function storyLines({ record, story }: ToldOperation, look: Look): Line[] {
  const over = new Set(
    story.flatMap(({ event, step, round }) =>
      event === 'stepDone' || event === 'stepFailed' ? [`${step}#${round}`] : [],
    ),
  );
  const { finishedAt } = record.progress.operation;
  // A start that was followed by an end is told by the end.
  const shown = story.filter(
    ({ event, step, round }) =>
      event !== 'stepStarted' || (finishedAt === null && !over.has(`${step}#${round}`)),
  );
  const [heads = [], ...rows] = table(
    ['TIME', 'ACTOR', 'WHAT', 'DETAIL'],
    shown.map((event) => rowOf(event, record.progress.operation.kind, look)),
    look,
  );
  return [heads, ...rows.flatMap((row, index) => [row, ...linesBelow(shown[index])])];
}

function linesBelow(event: StoryEvent | undefined): Line[] {
  const { objects = [], cut } = event?.changes ?? {};
  // Those of the whole operation stand above the story.
  const { causes = [] } = (event?.step === null ? null : event?.failure) ?? {};
  return [
    ...causes.map((cause): Line => [`    ${cause}`]),
    ...objects.map(objectChangeLine),
    ...(cut === undefined ? [] : [[`    … and ${count(cut, 'object')} more, not listed`] as Line]),
  ];
}

function rowOf(event: StoryEvent, kind: string, look: Look): Cell[] {
  return [
    isoSeconds(event.at),
    event.actor ?? '',
    whatOf(event, kind, look),
    detailOf(event, look),
  ];
}

function whatOf(
  { event, step, failure, decision, detail }: StoryEvent,
  kind: string,
  look: Look,
): Cell {
  switch (event) {
    case 'operationStarted':
      return `started ${kind}`;
    case 'operationContinued':
      return 'continued in another run';
    case 'planned':
      return 'planned';
    case 'decided':
      return step === null ? `${decision}` : `${decision} ${step}`;
    case 'operationEnded': {
      const bad = failure !== null || detail !== 'succeeded';
      const mark = sign(bad ? 'failed' : 'done', look);
      return painted(`${mark.text} ${kind} ${detail}`, mark.paint);
    }
    default: {
      const state = event === 'stepDone' ? 'done' : event === 'stepFailed' ? 'failed' : 'running';
      const mark = sign(state, look);
      return painted(`${mark.text} ${step} ${state}`, mark.paint);
    }
  }
}

function detailOf(event: StoryEvent, look: Look): string {
  const { at, detail, failure, failedBefore, attempts, tookMs, changes } = event;
  const { specDigest, planDigest, round } = event;
  const isStep = event.event === 'stepDone' || event.event === 'stepFailed';
  const quoted = event.event === 'decided' || event.event === 'operationStarted';
  const said = event.event === 'operationEnded' ? null : detail;
  const parts = [
    specDigest === undefined ? '' : `spec sha256:${specDigest.slice(0, 16)}…`,
    planDigest === undefined ? '' : `plan ${planDigest}`,
    said === null || said === '' ? '' : quoted ? `"${said}"` : said,
    failure === null ? '' : `${failure.type}: ${failure.message}`,
    changes === null ? '' : countsText(changes),
    event.event === 'stepStarted' ? `for ${elapsedBetween(at, null, look)}` : '',
    tookMs === null
      ? ''
      : `took ${tookText(new Date(0).toISOString(), new Date(tookMs).toISOString())}`,
    isStep && round !== null && round > 1 ? `round ${round}` : '',
    attempts === null || attempts === 1 ? '' : count(attempts, 'attempt'),
    failedBefore === null ? '' : `before that ${failedBefore.type}: ${failedBefore.message}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
