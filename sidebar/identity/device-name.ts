const programs: readonly (readonly [RegExp, string])[] = [
  [/wxwork\//i, '企业微信'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'], [/HarmonyOS|OpenHarmony/i, 'HarmonyOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'macOS'], [/Linux/, 'Linux'],
]

const first = (list: typeof programs, text: string): string => list.find(([pattern]) => pattern.test(text))?.[1] ?? ''

/** A browser's user agent in two words, enough to recognise one's own device; empty when nothing is known. */
export function deviceName(userAgent: string): string {
  return [first(programs, userAgent), first(systems, userAgent)].filter(Boolean).join(' · ')
}
