import { notice } from './dom.js'

async function ask(path, body) {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`/__simulator/api/${path}`, { cache: 'no-store', ...init })
  const result = await answer.json()
  if (!answer.ok) throw new Error(result.error)
  return result
}

/** Calls one of the simulator's controls; a refusal is shown. */
export async function control(name, ...args) {
  try {
    return (await ask(`call/${name}`, { args })).result
  } catch (error) {
    notice(error.message)
    return undefined
  }
}

export const overview = (query) => ask(`state?${new URLSearchParams(query)}`)
