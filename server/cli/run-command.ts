import type { CAC } from 'cac'

/** Runs the command of this process's arguments; a failure is one line on standard error and exit code 1. */
export async function runCommand(cli: CAC): Promise<void> {
  cli.help()
  try {
    cli.parse(process.argv, { run: false })
    if (cli.matchedCommand === undefined) {
      if (cli.options['help'] === true) return
      cli.outputHelp()
      process.exitCode = 1
      return
    }
    await cli.runMatchedCommand()
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'unexpected error')
    process.exitCode = 1
  }
}
