/** The public face of screening. */
export type { Hit, Screening, WordEntry } from './hits.ts'
export { evaluate, LabelledLine, type Quality } from './evaluate.ts'
export { scan } from './scan.ts'
export { createScreener, type Screener, type ScreenerInput } from './screener.ts'
export { starterEntries } from './starter/index.ts'
export { mostEntries, problemOfWord, readWordFile, TooManyEntries, writeWordFile, type LineProblem } from './word-file.ts'
export { TooManyWords } from './words/automaton.ts'
