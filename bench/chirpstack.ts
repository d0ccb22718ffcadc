import { chirpStackProvisioning, chirpStackReadings } from '../simulators/load/chirpstack-message.ts'
import { loadSite } from '../simulators/load/provisioning.ts'
import type { Figure, Run, Subject } from './figure.ts'
import { loadRun, warmUp } from './load-run.ts'
import type { LoadResult, LoadedServer, Traffic } from './load-run.ts'
import { MosquittoServer } from './peers/mosquitto-server.ts'
import { cpuMicrosOf, threadText, threadsOf } from './process-tree.ts'
import { SenServer } from './sen-server.ts'

const plan = { runId: 'bench', devices: 1000, connections: 1, content: 'chirpstack' } as const
const pacedPerS = 2000
/** As many as the connector has a second's work with; the broker keeps what waits. */
const saturatedMessages = 40_000

/**
 * ChirpStack events (1,270 bytes, two gateways, a Dragino LSE01's 11 bytes) published to a Mosquitto, which Sen's connector
 * reads, decoded by the published codec in the sandbox. Mosquitto's time is ChirpStack's side and told apart.
 */
export const chirpstack: Subject = {
  name: 'chirpstack',
  about: 'ChirpStack v4 events through the connector, decoded in the sandbox',
  measure: async run => {
    const broker = await MosquittoServer.start()
    try {
      const sen = await SenServer.start()
      try {
        return await measure(run, broker, sen)
      } finally {
        await sen.remove()
      }
    } finally {
      await broker.remove()
    }
  }
}

async function measure(run: Run, broker: MosquittoServer, sen: SenServer): Promise<readonly Figure[]> {
  await sen.provision(chirpStackProvisioning(plan.runId, plan.devices))
  await sen.post('/connectors', { type: 'chirpstack', name: 'bench', url: broker.urlWithCredential })
  const server = throughConnector(broker, sen)
  await warmUp(server)
  const told = async (traffic: Traffic) => {
    const before = cpuMicrosOf(broker.pids())
    const threads = threadsOf(sen.pid)
    const result = await loadRun(server, traffic)
    const brokerMicros = (cpuMicrosOf(broker.pids()) - before) / result.summary.acknowledged
    const note =
      `${Math.round(result.storedPerS)}/s until stored; Mosquitto beside it ${brokerMicros.toFixed(1)} µs; ` +
      threadText(threads, threadsOf(sen.pid), result.summary.acknowledged)
    run.tell(`Sen, chirpstack: ${result.serverMicros.toFixed(1)} µs/message, ${note}`)
    return { result, note }
  }
  const paced = await told({ rate: pacedPerS, seconds: run.seconds, seed: 1 })
  const saturated = await told({ rate: 0, messages: saturatedMessages, seed: 2 })
  const bar = { bar: 120, stretch: 60, isBetter: 'smaller' } as const
  return [
    { ...figure(`chirpstack, paced ${pacedPerS}/s: CPU`, paced.result.serverMicros, paced), bar },
    { ...figure('chirpstack, saturated: CPU', saturated.result.serverMicros, saturated), bar },
    {
      ...figure('chirpstack, saturated: until the last is stored', saturated.result.storedPerS, saturated),
      unit: 'messages/s'
    }
  ]
}

/** Sen behind its connector: the load goes to the broker. */
function throughConnector(broker: MosquittoServer, sen: SenServer): LoadedServer {
  return {
    name: 'Sen behind ChirpStack',
    pointsPerMessage: chirpStackReadings,
    target: {
      url: `mqtt://127.0.0.1:${broker.port}`,
      credentials: { [loadSite(plan.runId, 0)]: broker.credential },
      ...plan
    },
    pids: () => sen.pids(),
    stored: () => sen.stored(),
    counted: () => sen.counted(),
    remove: () => sen.remove()
  }
}

function figure(what: string, value: number, of: { readonly result: LoadResult; readonly note: string }): Figure {
  const { problem } = of.result
  return { what, value, unit: 'µs/message', note: of.note, ...(problem === undefined ? {} : { problem }) }
}
