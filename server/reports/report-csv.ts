import { reportMeasures, reportNames, type Figure, type MeasureName, type Report, type ReportGroup } from '#shared/contracts/reports'

/** Who took the file out, when, and under which request: the first line, so that a file that turns up somewhere tells whose it is. */
export interface Watermark {
  readonly name: string
  readonly userid: string
  readonly at: string
  readonly requestId: string
}

/** A cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${harmless.replace(/[\r\n]+/g, ' ').replaceAll('"', '""')}"`
}

const line = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`

/** Money in yuan; what is withheld on the screen is withheld here. */
function figureText(measure: MeasureName, figure: Figure | undefined): string {
  if (figure === undefined || 'suppressed' in figure) return '—'
  return reportMeasures[measure].unit === 'fen' ? (figure.value / 100).toFixed(2) : String(figure.value)
}

function headerOf({ measures, level }: Report): string[] {
  return ['部门', ...(level === 'staff' ? ['成员'] : []), ...measures.map((measure) => `${reportMeasures[measure].zh}${reportMeasures[measure].unit === 'fen' ? '（元）' : ''}`)]
}

/** Everything above the groups: watermark, what it is, header, total. Begins with the mark by which spreadsheets know UTF-8. */
export function csvHead(report: Report, mark: Watermark): string {
  const { department, period, measures, level } = report
  return '\ufeff' + [
    line(['导出人', `${mark.name}（${mark.userid}）`, '导出时间', mark.at, '申请编号', mark.requestId]),
    line(['报表', reportNames[report.name].zh, '范围', department?.name ?? '', '期间', period.from === period.to ? period.from : `${period.from} 至 ${period.to}`, '少于此数的分组不显示', String(report.smallest)]),
    line(headerOf(report)),
    line(['合计', ...(level === 'staff' ? [''] : []), ...measures.map((measure) => figureText(measure, report.total?.[measure]))]),
  ].join('')
}

export function csvRow({ measures, level }: Report, { department, direct, staff, figures }: ReportGroup): string {
  const person = staff === null ? '其他' : `${staff.name}（${staff.userid}）`
  return line([direct ? `${department.name}（直属）` : department.name, ...(level === 'staff' ? [person] : []), ...measures.map((measure) => figureText(measure, figures[measure]))])
}
