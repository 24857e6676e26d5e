/** The company's zone; days and times on the screens are its own, wherever the phone is. */
const companyZone = 'Asia/Shanghai'

const whole = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 })
const exact = new Intl.NumberFormat('zh-CN', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const calendar = new Intl.DateTimeFormat('en-US', { timeZone: companyZone, year: 'numeric', month: 'numeric', day: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: companyZone, hour: '2-digit', minute: '2-digit' })

/** Money from fen as people read it; an amount that came masked stays as it came. */
export function formatFen(amount: number | string): string {
  if (typeof amount === 'string') return amount
  const digits = amount % 100 === 0 ? whole.format(Math.abs(amount) / 100) : exact.format(Math.abs(amount) / 100)
  return `${amount < 0 ? '-' : ''}¥${digits}`
}

function partsOf(instant: number): Map<string, string> {
  return new Map(calendar.formatToParts(instant).map((part) => [part.type, part.value]))
}

/** `6/2`, with the year in front when it is not this year. */
export function formatDay(instant: number, now: number = Date.now()): string {
  const then = partsOf(instant)
  const day = `${then.get('month')}/${then.get('day')}`
  return then.get('year') === partsOf(now).get('year') ? day : `${then.get('year')}/${day}`
}

/** `6/2 14:03` in the company's zone. */
export function formatMoment(instant: number, now: number = Date.now()): string {
  return `${formatDay(instant, now)} ${clock.format(instant)}`
}

/** `2001-06-02` as `6/2`: a birthday's year says the age, which the greeting does not need. */
export function formatBirthday(date: string): string {
  const [, month, day] = date.split('-')
  return month && day ? `${Number(month)}/${Number(day)}` : date
}
