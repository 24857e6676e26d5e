/** A signed-in staff member who speaks HTTP to the server, as the sidebar does. */
export interface Person {
  readonly userid: string
  readonly cookie: string
  get(path: string, headers?: Record<string, string>): Promise<Reply>
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
  send(method: string, path: string, options?: { body?: string; headers?: Record<string, string> }): Promise<Reply>
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed JSON body; tests know its shape. */
   
  readonly body: any
}

export async function signIn(options: { url: string; publicUrl: string; userid: string }): Promise<Person> {
  const cookies = new Map<string, string>()
  const userAgent = 'Mozilla/5.0 wxwork/4.1.0 MicroMessenger/7.0.1'
  const remember = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const begun = await fetch(`${options.url}/auth/wecom`, { redirect: 'manual', headers: { 'user-agent': userAgent } })
  remember(begun)
  const asked = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual', headers: { cookie: `sim_staff=${encodeURIComponent(options.userid)}` } })
  const back = new URL(asked.headers.get('location') ?? 'http://nowhere.invalid')
  const ended = await fetch(`${options.url}${back.pathname}${back.search}`, { redirect: 'manual', headers: { cookie: cookieHeader(), 'user-agent': userAgent, accept: 'application/json' } })
  remember(ended)
  if (ended.status !== 302) throw new SignInRefused(ended.status, await ended.text())
  return personWith(options, cookieHeader())
}

export class SignInRefused extends Error {
  readonly status: number
  readonly answer: string

  constructor(status: number, answer: string) {
    super(`sign-in was answered ${status}: ${answer}`)
    this.status = status
    this.answer = answer
  }
}

export function personWith(options: { url: string; publicUrl: string; userid: string }, cookie: string): Person {
  const send: Person['send'] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(`${options.url}${path}`, {
      method, redirect: 'manual',
      headers: { cookie, ...(method === 'GET' ? {} : { origin: options.publicUrl }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parsed(text) }
  }
  return {
    userid: options.userid, cookie, send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    post: (path, body, headers = {}) => send('POST', path, { body: JSON.stringify(body), headers }),
    patch: (path, body, headers = {}) => send('PATCH', path, { body: JSON.stringify(body), headers }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
