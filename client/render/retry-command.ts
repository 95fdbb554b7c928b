/** The exact command that runs a blocked step again; the reason is left for the person to write. */
export function retryCommand(mesh: string, step: string): string {
  return `meshwright retry ${mesh} ${step} --reason "…"`;
}
