import { ref, type Ref } from 'vue'
import type { Contract } from '#shared/contracts/contract'
import { createAccessEpoch, type AccessEpoch } from './access-epoch.ts'
import { ApiFailure, failureFrom, Superseded, unreachable } from './failure.ts'
import type { Answer, CallInput, Route } from './route.ts'

const usualTimeoutMs = 15_000

export interface CallOptions {
  readonly signal?: AbortSignal
  /** The answer holds nothing that the rules decide (signatures of the page), so a change of rules does not void it. */
  readonly anyEpoch?: boolean
  /** For what works through many thousand customers; 15 seconds otherwise. */
  readonly timeoutMs?: number | undefined
}

export interface Api {
  /** Calls one route. Rejects with `ApiFailure`, or `Superseded` when the answer must not be shown any more. */
  readonly call: <C extends Contract>(route: Route<C>, input: CallInput<C>, options?: CallOptions) => Promise<Answer<C>>
  readonly epoch: AccessEpoch
  /** Unix milliseconds of the last answer of our server, whatever it said. */
  readonly lastAnswerAt: Readonly<Ref<number>>
}

export interface ApiSettings {
  readonly fetch: typeof fetch
  readonly language: () => string
  readonly onSignedOut: () => void
  readonly onAnswer?: () => void
}

interface Request { readonly params?: object, readonly query?: object, readonly body?: object }

function addressOf(path: string, { params = {}, query = {} }: Request): string {
  const given = new Map<string, unknown>(Object.entries(params))
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given.get(name))))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? filled : `${filled}?${search}`
}

/** Aborts with the caller's signal or after the time limit, whichever is first. */
function withTimeout(signal: AbortSignal | undefined, timeoutMs = usualTimeoutMs): { signal: AbortSignal, done: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    done: () => { clearTimeout(timer); signal?.removeEventListener('abort', abort) },
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null)
}

/** The one way from the screens to the server. */
export function createApi(settings: ApiSettings): Api {
  const epoch = createAccessEpoch()
  const lastAnswerAt = ref(Date.now())

  async function send(method: string, path: string, request: Request, { signal, timeoutMs }: CallOptions): Promise<Response> {
    const limit = withTimeout(signal, timeoutMs)
    const headers: Record<string, string> = { 'accept': 'application/json', 'accept-language': settings.language() }
    // The server takes writes as JSON only, also those that have nothing to say.
    const body = request.body ?? (method === 'GET' || method === 'DELETE' ? undefined : {})
    if (body) headers['content-type'] = 'application/json'
    try {
      return await settings.fetch(addressOf(path, request), {
        method, headers, signal: limit.signal, cache: 'no-store', credentials: 'same-origin',
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    } catch {
      throw signal?.aborted ? new Superseded() : unreachable()
    } finally {
      limit.done()
    }
  }

  async function call<C extends Contract>(route: Route<C>, input: CallInput<C>, options: CallOptions = {}): Promise<Answer<C>> {
    const startedIn = epoch.generation.value
    const response = await send(route.method, route.path, input, options)
    lastAnswerAt.value = Date.now()
    epoch.observe(response.headers.get('x-access-epoch'), response.headers.get('x-access-since'))
    // What a write answers is still news to its sender; what a read answers was decided under rules that are gone.
    const isVoid = route.method === 'GET' && !options.anyEpoch && epoch.generation.value !== startedIn
    if (isVoid || options.signal?.aborted) throw new Superseded()
    if (response.status === 401) settings.onSignedOut()
    if (!response.ok) throw failureFrom(response.status, await bodyOf(response))
    settings.onAnswer?.()
    try {
      // The server checked this answer against the same contract before it left.
      const answer: Answer<C> = await response.json()
      if (options.signal?.aborted) throw new Superseded()
      return answer
    } catch (thrown) {
      throw thrown instanceof Superseded ? thrown : new ApiFailure({ kind: 'server', code: 'client.unreadable' })
    }
  }

  return { call, epoch, lastAnswerAt }
}
