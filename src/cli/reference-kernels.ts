/** Where each kernel of a reference check ran: a number that another backend made says nothing about the one under test. */

/** Tells how often each kernel ran where; returns the calls that ran on another backend than the chosen one. */
export function reportKernels(counts: Map<string, Record<string, number>>, chosen: string, tell: (line: string) => void): number {
  let elsewhere = 0;
  tell("\nkernels (calls by backend):");
  for (const [kernel, byBackend] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    tell(`  ${kernel.padEnd(28)} ${Object.entries(byBackend).map(([backend, calls]) => `${backend} ${calls}`).join(", ")}`);
    for (const [backend, calls] of Object.entries(byBackend)) if (backend !== chosen) elsewhere += calls;
  }
  if (elsewhere > 0) tell(`FAIL ${elsewhere} kernel calls fell back from ${chosen} to another backend`);
  return elsewhere;
}
