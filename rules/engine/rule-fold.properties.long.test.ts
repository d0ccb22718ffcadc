import { foldProperties } from './fold-properties.ts'

foldProperties(40)
