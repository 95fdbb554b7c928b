import { parseArgs } from 'node:util';
import { runDemo } from './demo/run-demo.ts';

const { values } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    gateways: { type: 'string', default: 'meshNetworks' },
    dir: { type: 'string', default: '.sandbox' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(
    [
      'npm run demo -- [--keep] [--gateways meshNetworks|discovered] [--dir .sandbox]',
      '',
      'Two real Kubernetes clusters on this machine become one Istio mesh, while the worker is killed once.',
      '  --keep       leaves everything running and prints the next commands',
      '  --gateways   meshNetworks: listed in ConfigMap istio, with the 0.0.0.0 placeholder; discovered: by label',
      '  --dir        directory of the sandbox',
    ].join('\n'),
  );
  process.exit(0);
}
if (values.gateways !== 'meshNetworks' && values.gateways !== 'discovered') {
  console.error(`--gateways ${values.gateways}: unknown mode; use meshNetworks or discovered`);
  process.exit(2);
}
process.exitCode = await runDemo({ keep: values.keep, gateways: values.gateways, dir: values.dir });
