/** Every workflow type of the worker; the names are the types in history (contract/messages.ts, WORKFLOWS; contract/mesh-sync.ts). */
export { installMesh } from './install-mesh.ts';
export { planMesh } from './plan-mesh.ts';
export { syncMesh } from './sync-mesh.ts';
export { uninstallMesh } from './uninstall-mesh.ts';
export { verifyMesh } from './verify-mesh.ts';
