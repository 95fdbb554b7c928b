// CommonJS: Temporal's SDK loads it with require(), which jest does not let load our TypeScript modules.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
