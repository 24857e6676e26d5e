import ts from 'typescript'
import type { Killed } from './compare-killer.ts'
import type { Copy } from './copy.ts'
import type { Mutant } from './mutate.ts'

/** Errors about what is not used, or never reached, prove nothing about a rule. */
const mereStyle = new Set([6133, 6192, 6196, 6198, 7027])

/** Mutants that the compiler refuses need no test: `npm test` begins with the types. */
export function killByTypes({ sources }: Copy, mutants: readonly Mutant[], killed: Killed): void {
  if (mutants.length === 0) return
  const config = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', ts.sys.readFile).config, ts.sys, process.cwd())
  const changed = new Map<string, { readonly version: number, readonly text: string }>()
  const path = (file: string) => ts.sys.resolvePath(file)
  const service = ts.createLanguageService({
    getScriptFileNames: () => config.fileNames.filter((name) => !name.includes('/test/')),
    getScriptVersion: (name) => String(changed.get(name)?.version ?? 0),
    getScriptSnapshot: (name) => {
      const text = changed.get(name)?.text ?? ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => process.cwd(),
    getCompilationSettings: () => config.options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  })
  for (const mutant of mutants) {
    const name = path(mutant.file)
    const source = sources.get(mutant.file) ?? ''
    const version = (changed.get(name)?.version ?? 0) + 1
    changed.set(name, { version, text: `${source.slice(0, mutant.start)}(${mutant.after === '' ? 'void 0' : mutant.after})${source.slice(mutant.end)}` })
    const refused = service.getSemanticDiagnostics(name).find(({ code }) => !mereStyle.has(code))
    if (refused !== undefined) killed.set(mutant.id, `the types: ${ts.flattenDiagnosticMessageText(refused.messageText, ' ')}`)
    changed.set(name, { version: version + 1, text: source })
  }
}
