/** Services that hide where a link leads. */
export const shortHosts = new Set('t.cn url.cn dwz.cn suo.im suo.nz sina.lt t.im mrw.so u.nu bit.ly tinyurl.com goo.gl is.gd ow.ly t.co cutt.ly rebrand.ly tiny.cc shorturl.at rb.gy v.gd s.id x.co 0x0.st dwz.mn dwz.date ft12.com 6du.in u6.gg rrd.me m6z.cn 3.cn w.url.cn'.split(' '))

/** Top-level domains that are looked for where no scheme says that this is a link. */
export const topLevels = 'com|cn|net|org|top|xyz|vip|cc|info|biz|site|online|shop|store|club|live|fun|icu|ltd|pro|wang|link|tech|mobi|tv|me|io|co|ru|hk|tw|us|uk|jp|kr|sg|app|dev|ink|group|work|cloud|website|space|world|ren|red|pub|gov|edu|win|bid|loan|men|click|vin|asia|name|la|im|ws|tk|ml|ga|cf|gq|pw|su|to|ly|gl'
export const chineseTopLevels = '中国|公司|网络|网址|在线|集团|商城|网店|中文网'

/** Whether the host is one of these or below one of them. */
export function isBelow(host: string, hosts: ReadonlySet<string>): boolean {
  for (let rest = host; rest !== '';) {
    if (hosts.has(rest)) return true
    const dot = rest.indexOf('.')
    rest = dot < 0 ? '' : rest.slice(dot + 1)
  }
  return false
}

/** How a name looks at a glance. */
const skeleton = (host: string): string => host.replace(/0/g, 'o').replace(/[1|]/g, 'l').replace(/i/g, 'l').replace(/rn/g, 'm').replace(/vv/g, 'w').replace(/5/g, 's').replace(/-/g, '')

/** Whether somebody who trusts one of the hosts would take this one for it. */
export function resembles(host: string, hosts: ReadonlySet<string>): boolean {
  for (const known of hosts) {
    if (known.length < 5) continue
    if (host.includes(`${known}.`) || host.includes(`${known.replaceAll('.', '-')}`)) return true
    const labels = host.split('.').slice(-known.split('.').length).join('.')
    if (labels !== known && (skeleton(labels) === skeleton(known) || isOneEditFrom(labels, known))) return true
  }
  return false
}

/** One letter more, less, other, or two exchanged, in the name before the top-level domain. */
function isOneEditFrom(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1 || other.length < 8) return false
  let begin = 0
  while (begin < one.length && one[begin] === other[begin]) begin += 1
  let left = one.length
  let right = other.length
  while (left > begin && right > begin && one[left - 1] === other[right - 1]) {
    left -= 1
    right -= 1
  }
  const rests = [one.slice(begin, left), other.slice(begin, right)]
  return rests.every((rest) => rest.length <= 1) || (rests[0]?.length === 2 && rests[0] === rests[1]?.split('').reverse().join(''))
}
