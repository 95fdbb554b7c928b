/** Every workflow type of the worker; the names are the types in history (contract/messages.ts, WORKFLOWS). */
export { installMesh } from './install-mesh.ts';
export { planMesh } from './plan-mesh.ts';
export { verifyMesh } from './verify-mesh.ts';
