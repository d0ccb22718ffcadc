import { describeStoreProperties } from '../series-store-properties.ts'
import { createDuckDbPlace } from './duckdb-place.ts'

const runs = process.env['SEN_TEST'] === 'long' ? 1000 : 80
describeStoreProperties('DuckDbSeriesStore', () => createDuckDbPlace({ sliceRows: 3 }), runs)
