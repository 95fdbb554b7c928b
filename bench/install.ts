import { parseArgs } from 'node:util';
import type { BenchShape } from './fresh-sandbox.ts';
import { measureGuide } from './measure-guide.ts';
import { measureMeshwright, type OurTimes } from './measure-meshwright.ts';
import { perFurtherCluster, seconds, spreadOf } from './statistics.ts';

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
      'Several numbers of clusters, as in --clusters 2,5, are measured one after the other; what each further cluster adds',
      'to both sides is said at the end.',
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
const sizes = [...new Set(values.clusters.split(',').map(Number))].sort((a, b) => a - b);
if (![runs, ...sizes].every((number) => Number.isInteger(number) && number > 0)) {
  console.error(
    '--runs takes a whole number above 0, --clusters one or several with commas between',
  );
  process.exit(2);
}

/** Medians of both sides at one number of clusters, in seconds. */
type Medians = { clusters: number; ours: number; guide: number };

async function compare(shape: BenchShape): Promise<Medians> {
  const ours: OurTimes[] = [];
  const guide: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const mine = await measureMeshwright(shape);
    ours.push(mine);
    const theirs = await measureGuide(shape);
    guide.push(theirs.done);
    console.error(
      `${shape.clusters} clusters, run ${run}/${runs}  meshwright ${seconds(mine.installed)} s (verified ${seconds(mine.verified)})  ` +
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
  return { clusters: shape.clusters, ours: rows[0][1].median, guide: rows[1][1].median };
}

const measured: Medians[] = [];
for (const clusters of sizes)
  measured.push(await compare({ clusters, lbDelay: values['lb-delay'], dir: '.sandbox-bench' }));
const [fewest, most] = [measured[0], measured.at(-1)];
if (fewest !== undefined && most !== undefined && most.clusters > fewest.clusters) {
  const ours = perFurtherCluster(fewest, most, ({ ours: median }) => median);
  const guide = perFurtherCluster(fewest, most, ({ guide: median }) => median);
  console.log(
    `each further cluster, ${fewest.clusters} to ${most.clusters}, seconds of the medians`,
  );
  console.log(`${'meshwright'.padEnd(34)}${seconds(ours)}`);
  console.log(`${"Istio's guide, istioctl script".padEnd(34)}${seconds(guide)}`);
  console.log(`ratio ${(ours / guide).toFixed(2)}`);
}
