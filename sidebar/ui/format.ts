import { wallText } from './company-zone.ts'

const whole = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 })
const exact = new Intl.NumberFormat('zh-CN', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** Money from fen as people read it; an amount that came masked stays as it came. */
export function formatFen(amount: number | string): string {
  if (typeof amount === 'string') return amount
  const digits = amount % 100 === 0 ? whole.format(Math.abs(amount) / 100) : exact.format(Math.abs(amount) / 100)
  return `${amount < 0 ? '-' : ''}¥${digits}`
}

/** `6/2` in the company's zone, with the year in front when it is not this year. */
export function formatDay(instant: number, now: number = Date.now()): string {
  const [year = '', month, day] = wallText(instant).slice(0, 10).split('-')
  const short = `${Number(month)}/${Number(day)}`
  return year === wallText(now).slice(0, 4) ? short : `${year}/${short}`
}

/** `6/2 14:03` in the company's zone. */
export function formatMoment(instant: number, now: number = Date.now()): string {
  return `${formatDay(instant, now)} ${wallText(instant).slice(11)}`
}

/** `2001-06-02` as `6/2`: a birthday's year says the age, which the greeting does not need. */
export function formatBirthday(date: string): string {
  const [, month, day] = date.split('-')
  return month && day ? `${Number(month)}/${Number(day)}` : date
}
