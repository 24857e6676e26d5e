import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Middleware } from 'koa'

export interface QueueFigures {
  readonly states: Readonly<Record<string, number>>
  readonly backingOff: number
  readonly oldestMs: number
}

export interface Metrics {
  readonly registry: Registry
  readonly measureRequests: Middleware
  readonly onWecomCall: (endpoint: string, outcome: string, ms: number) => void
  readonly onHandled: (queue: 'inbox' | 'outbox') => (kind: string, outcome: string, ms: number) => void
  showQueue(queue: 'inbox' | 'outbox', figures: QueueFigures): void
  /** What the last verification of the audit chain found, and how many entries wait to be chained. */
  showAudit(figures: { readonly broken: boolean; readonly unsealed: number }): void
}

/** Figures for Prometheus. Labels are route patterns, endpoints and kinds: never an id, a name or a text. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const buckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  const requests = new Histogram({ name: 'scrm_http_request_seconds', help: 'Duration of requests by route', labelNames: ['method', 'route', 'status'], buckets, registers })
  const wecom = new Histogram({ name: 'scrm_wecom_call_seconds', help: 'Duration of calls to WeCom', labelNames: ['endpoint', 'outcome'], buckets, registers })
  const handled = new Counter({ name: 'scrm_jobs_handled_total', help: 'Handled callbacks and effects', labelNames: ['queue', 'kind', 'outcome'], registers })
  const rows = new Gauge({ name: 'scrm_queue_rows', help: 'Rows that are not finished, by state', labelNames: ['queue', 'state'], registers })
  const backingOff = new Gauge({ name: 'scrm_queue_backing_off', help: 'Rows that wait for a repeat', labelNames: ['queue'], registers })
  const oldest = new Gauge({ name: 'scrm_queue_oldest_seconds', help: 'Age of the oldest unfinished row', labelNames: ['queue'], registers })
  const broken = new Gauge({ name: 'scrm_audit_chain_broken', help: '1 when the last verification of the audit chain found a break', registers })
  const unsealed = new Gauge({ name: 'scrm_audit_unsealed', help: 'Audit entries that wait to be chained', registers })
  return {
    registry,
    measureRequests: async (ctx, next) => {
      const end = requests.startTimer()
      try {
        await next()
      } finally {
        const route: unknown = Reflect.get(ctx, '_matchedRoute')
        end({ method: ctx.method, route: typeof route === 'string' ? route : 'other', status: String(ctx.status) })
      }
    },
    onWecomCall: (endpoint, outcome, ms) => wecom.observe({ endpoint, outcome }, ms / 1000),
    onHandled: (queue) => (kind, outcome) => handled.inc({ queue, kind, outcome }),
    showQueue: (queue, figures) => {
      for (const [state, count] of Object.entries(figures.states)) rows.set({ queue, state }, count)
      backingOff.set({ queue }, figures.backingOff)
      oldest.set({ queue }, figures.oldestMs / 1000)
    },
    showAudit: (figures) => {
      broken.set(figures.broken ? 1 : 0)
      unsealed.set(figures.unsealed)
    },
  }
}
