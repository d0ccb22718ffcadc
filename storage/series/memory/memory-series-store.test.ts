import { silentLog } from '../../../model/log.ts'
import { type StorePlace, describeSeriesStore } from '../series-store-contract.ts'
import { describeStoreProperties } from '../series-store-properties.ts'
import { MemorySeriesStore, emptyContents } from './memory-series-store.ts'

function createPlace(): Promise<StorePlace> {
  const contents = emptyContents()
  return Promise.resolve({
    open: (limits = {}) => new MemorySeriesStore({ contents, log: silentLog, limits }),
    remove: () => Promise.resolve()
  })
}

describeSeriesStore('MemorySeriesStore', createPlace)
describeStoreProperties('MemorySeriesStore', createPlace, 200)
