import { parseArgs } from 'node:util';
import { measureGuide } from './measure-guide.ts';
import { measureMeshwright, type OurTimes } from './measure-meshwright.ts';
import { seconds, spreadOf } from './statistics.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    clusters: { type: 'string', default: '2' },
    'lb-delay': { type: 'string', default: '0s' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(
    [
      'npm run bench:install -- [--runs 5] [--clusters 2] [--lb-delay 0s]',
      '',
      "meshwright and Istio's guide as an istioctl script, in turn, each on a fresh sandbox; medians and their ratio.",
      'The clock of both stops when every east-west gateway is ready and the remotes are attached; meshwright then',
      'also sends requests between all clusters, which is shown apart.',
      '',
      "The guide installs Istio's default profile, with an ingress gateway that meshwright leaves to the user;",
      'PROFILE=minimal in the environment leaves it out of the guide too.',
    ].join('\n'),
  );
  process.exit(0);
}

const runs = Number(values.runs);
const shape = {
  clusters: Number(values.clusters),
  lbDelay: values['lb-delay'],
  dir: '.sandbox-bench',
};
if (![runs, shape.clusters].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('--runs and --clusters take whole numbers above 0');
  process.exit(2);
}

const ours: OurTimes[] = [];
const guide: number[] = [];
for (let run = 1; run <= runs; run += 1) {
  const mine = await measureMeshwright(shape);
  ours.push(mine);
  const theirs = await measureGuide(shape);
  guide.push(theirs.done);
  console.error(
    `run ${run}/${runs}  meshwright ${seconds(mine.installed)} s (verified ${seconds(mine.verified)})  ` +
      `guide ${seconds(theirs.done)} s  ratio ${(mine.installed / theirs.done).toFixed(2)}  ${theirs.marks}`,
  );
}

const rows = [
  ['meshwright', spreadOf(ours.map(({ installed }) => installed))],
  ["Istio's guide, istioctl script", spreadOf(guide)],
  ['meshwright, verified by traffic', spreadOf(ours.map(({ verified }) => verified))],
] as const;
console.log(
  `${String(shape.clusters)} clusters, load balancer after ${shape.lbDelay}, ${runs} runs, seconds`,
);
console.log(`${''.padEnd(34)}   min  median     max`);
for (const [name, { min, median, max }] of rows) {
  console.log(`${name.padEnd(34)}${seconds(min)}  ${seconds(median)}  ${seconds(max)}`);
}
console.log(`ratio of medians ${(rows[0][1].median / rows[1][1].median).toFixed(2)}`);
