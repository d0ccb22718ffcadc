import { describeSeriesStore } from '../series-store-contract.ts'
import { describeStoreProperties } from '../series-store-properties.ts'
import { createDuckDbPlace } from './duckdb-place.ts'

describeSeriesStore('DuckDbSeriesStore', () => createDuckDbPlace())
// Slices of two rows settle a day in several transactions.
describeStoreProperties('DuckDbSeriesStore', () => createDuckDbPlace({ sliceRows: 2 }), 10)
