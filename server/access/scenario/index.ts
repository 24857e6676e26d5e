/** Companies and questions as data: policy files (docs/policy-tests.md). */
export type { Company, ScenarioPolicy } from './company.ts'
export { realEngines, type Engines, type Target } from './engines.ts'
export { exportScenario } from './export-scenario.ts'
export { describeResult } from './report.ts'
export { readScenario, runScenario, type OpenScratch, type Scenario, type ScenarioDifference, type ScenarioOptions, type ScenarioResult } from './run.ts'
export { scenarioOf, type ScenarioBody } from './scenario-of.ts'
export { describeProblem, ScenarioInvalid, type ScenarioProblem } from './source.ts'
