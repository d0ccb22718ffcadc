/** The farm load's size: 1,000 devices on 100 connections, each one site's gateway. */
export const farmPlan = { runId: 'bench', devices: 1000, connections: 100 } as const
/** Points in one farm message: `seq` and five metrics. */
export const farmPoints = 6
