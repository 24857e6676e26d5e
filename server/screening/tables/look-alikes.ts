/** Letters of other scripts that look like a Latin one; they are read as it everywhere. */
export const foldedLookAlikes: Readonly<Record<string, string>> = {
  a: 'аαɑ', b: 'вβьЬʙ', c: 'сϲᴄ', d: 'ԁɗ', e: 'еєεҽ', g: 'ɡɢ', h: 'һнհ', i: 'іιıɩ', j: 'јϳ', k: 'кκĸ', l: 'ӏ', m: 'мʍ', n: 'пηո', o: 'оοσօ', p: 'рρ', q: 'ԛգ', r: 'гʀ', s: 'ѕꜱ', t: 'тτ', u: 'υսᴜ', v: 'νѵᴠ', w: 'ѡωԝшᴡ', x: 'хχ', y: 'уγʏ', z: 'ᴢ',
}

/**
 * Chinese characters that are mistaken for each other at a glance, one group a piece; read as each other only where an entry asks for it.
 */
export const lookAlikeGroups = `
微徽薇溦 信伩 博搏愽膊缚 赌睹堵赎 情晴清睛 色铯 毒毐 品晶 票漂飘缥剽 发友 枪抢炝 药苭约 裸祼课 贷货贳 款欵 证症 假葭 银很 行衍 钱线浅贱践 己已巳 未末 日曰目 人入 土士 大太犬 天夭 千干于 王玉主 贝见 代伐 办为 卖买 加如 群裙 号呺 扣和 彩采菜 注住柱往 洗冼 黑墨 套奁 现规 刷涮 单箪 返迈 利刹 稳隐 赔陪培 保堡 本木 投没 资姿 股服 涨账胀帐 老姥 鸡鸠 约纳 炮泡抱跑 嫖漂 娼唱 淫瑶 妓技枝 奸好 杀刹 弹掸 刀刃力 炸诈 爆曝瀑 迷谜 冰沐 麻痳 吸汲 粉份 赢羸 佣拥 金全 币帀 充兖 值植殖 点占 提堤 码玛 卡咔 诚城 高髙 回囬 第弟 最蕞 级极 唯惟 治冶 癌嵒 根跟很 除徐 效郊 祖袓 传转 销锁梢 网罔 骗编 密宻 账帐 户戶 转传 私秘 下卞 联取 系糸 方万 式弍 电甩 话活 手毛 机札 兼謙 职织帜 招抬 聘骋 赚嫌 轻经 松忪 月用 入人 过达 万方 元兀无 免兔 费贲 领颌 奖桨 中申 奥澳 快块 三叁 肖消 息恖
`.trim().split(/\s+/)
