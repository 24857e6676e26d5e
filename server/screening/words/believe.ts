import type { Disguise } from '#shared/screening-words'
import { isLetter } from '../text/fold.ts'
import { isOrdinaryPair } from '../text/syllables.ts'
import type { Piece } from './loose-matcher.ts'

/** So frequent that they sound like a part of some word all the time; they disguise nothing. */
const everywhere = new Set('的了是在我你他她它们和也都就不有这那个要会可能到说为以及与或被把对从给让向于而且但但又很太更最再还已并因所其之此什么吗呢吧啊哦嗯位未至等中上下里外前后时地得着过')

/**
 * Whether a word in disguise is meant, and by what; null when the text is more likely an ordinary one that sounds or looks like it.
 * A character by sound or shape is not believed where it is part of an ordinary word with its neighbour (单位信息 holds no 微信), and at
 * least one character of a short word must stand as it is.
 */
export function believe(text: string, pieces: readonly Piece[]): Disguise | null {
  const same = pieces.filter((one) => one.how === 'same').length
  const by = pieces.find((one) => one.how !== 'same')
  if (by === undefined || by.how === 'same') return null
  if (!lettersStandAlone(text, pieces)) return null
  const substituted = pieces.filter((one) => one.how === 'sound' || one.how === 'shape')
  if (substituted.some((one) => isExplained(text, one))) return null
  const letters = pieces.filter((one) => one.how === 'pinyin')
  const certain = same + pieces.filter((one) => one.how === 'split').length
  if (pieces.length === 2) {
    if (letters.length === 2) return lengthOf(letters) >= 5 ? by.how : null
    if (certain === 0 && letters.length === 0) return null
    // 兑换绘本 holds no 换汇: the character that stands as it is belongs to the word beside it.
    if (substituted.length === 1 && same === 1 && isElsewhere(text, pieces)) return null
    // "zi 料" or "a 片": too little to go by.
    if (letters.length === 1 && lengthOf(letters) < 2) return null
  }
  if (pieces.length === 3 && certain === 0 && letters.length < 2) return null
  return by.how
}

const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, one) => sum + one.end - one.start, 0)

/** The character is at home where it stands: it forms an ordinary word with what is beside it, or is one that stands everywhere. */
function isExplained(text: string, { start }: Piece): boolean {
  return everywhere.has(text.charAt(start)) || isOrdinaryPair(text, start - 1) || isOrdinaryPair(text, start)
}

/** The unchanged one of two characters forms an ordinary word with what is outside. */
function isElsewhere(text: string, [first, second]: readonly Piece[]): boolean {
  return first?.how === 'same' ? isOrdinaryPair(text, first.start - 1) : second !== undefined && isOrdinaryPair(text, second.start)
}

/** Letters of a syllable must not be a part of a longer word: "change" holds no 嫦. */
function lettersStandAlone(text: string, pieces: readonly Piece[]): boolean {
  return pieces.every((one, place) => {
    if (one.how !== 'pinyin') return true
    const before = pieces[place - 1]
    const after = pieces[place + 1]
    const joinedBefore = before !== undefined && before.how === 'pinyin' && before.end === one.start
    const joinedAfter = after !== undefined && after.how === 'pinyin' && after.start === one.end
    return (joinedBefore || !isLetter(text, one.start - 1)) && (joinedAfter || !isLetter(text, one.end))
  })
}
