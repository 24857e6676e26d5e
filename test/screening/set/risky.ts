/** Sentences in which a word of the list is put at `{word}`; one set to build with, one that was written apart and never looked at for tuning. */
export const carriers = {
  seen: [
    '亲，{word}了解一下吗？', '想要{word}的话可以私聊我哦', '最近有个{word}的机会，名额不多', '我们这边有{word}，价格好商量', '{word}，懂的来', '姐，{word}你要不要', '今晚{word}，老地方', '朋友介绍的{word}，靠谱', '【{word}】专业团队，诚信经营', '不方便打电话，{word}，你懂的',
  ],
  heldOut: [
    '听说您对{word}有兴趣，我这里刚好有', '{word}找我就对了~', '长期提供{word}，欢迎转介绍', '别问那么多，{word}，安排上', '王哥让我给您说声，{word}已经准备好了', '现在{word}还来得及吗', '群里都在聊{word}呢', '{word}！！！手慢无', '悄悄跟您说，{word}', '这周{word}，下周就没有了',
  ],
} as const

/** Texts with a link, `{host}` a host that nobody knows. Technique by technique. */
export const riskyLinks: Readonly<Record<string, readonly string[]>> = {
  'link.plain': ['活动入口http://{host}/a，快来', '戳 https://{host}/?id=8 领奖', '官网 {host} 直接下单'],
  'link.width': ['戳ｈｔｔｐ：／／{wide}／ｃ领取', '打开{wide}看详情', '复制 {wide}／ｘ 到浏览器'],
  'link.dot': ['百度搜 {dian} 进去注册', '网址{dian}，浏览器打开', '复制{dian}去浏览器', '{space} 打开就行', '进 {bracket} 下载'],
  'link.address': ['打开http://{ip}/w下载', '登录 http://{ip}:8080 就可以', '点 http://{number}/ 进入'],
  'link.userinfo': ['登录https://shop.example.com@{host}/login确认', '点https://work.weixin.qq.com:80@{host}/即可', '安全链接 http://www.icbc.com.cn@{host}'],
  'link.short': ['看看这个 https://dwz.cn/{code}', 'bit.ly/{code} 点开有惊喜', '红包 http://t.cn/{code}', 'https://suo.im/{code} 领'],
  'link.redirect': ['https://shop.example.com/go?url=https%3A%2F%2F{host}%2F', '点 https://shop.example.com/login?next=//{host}/x', '查看https://shop.example.com/r?u=http://{host}'],
  'link.punycode': ['打开http://xn--{puny}.com/登录', '访问 https://www.{cyrillic}.com/ 确认'],
}

export const hosts = {
  seen: ['lucky88.top', 'win-big.vip', 'qianzhuang.xyz', 'yule365.cc', 'get-money.club', 'aomen.live', 'hb2026.cn', 'kefu-online.com'],
  heldOut: ['daikuan5.icu', 'fuli-home.net', 'vip8899.com', 'renzheng.online', 'tixian.site', 'hongbao.store', 'xjcx.info', 'jiaoyi.me'],
} as const

/** Shapes and sounds that the tables of the product do not take part in. */
export const ownSeparators = ['.', '*', '-', '_', '·', '~', '|', '/', ' ', '…', '、', '+', '=', '#', '💰', '❤', '，', '^', '—', ' . ', '★', '○'] as const
export const zeroWidths = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u180e', '\u034f'] as const
export const combining = ['\u0336', '\u0334', '\u0332', '\u20dd', '\u0300', '\u0489'] as const

/** Typos in sentences. */
export const typoSentences: readonly string[] = `
您的帐号已经开通|帐号；请登陆系统查看|登陆系统；师傅明天上门按装|按装；我们在见面前再确认，在见|在见；期待与您的合作，抱谦来晚了|抱谦；优惠卷已经发放到您的卡包|优惠卷；服物员会带您入座|服物员；恰淡合作请预约|恰淡；限时抡购今晚开始|抡购；物美价连，欢迎选购|物美价连；款试新颖，颜色齐全|款试；敬请观临本店|敬请观临；祝您身体建康|身体建康；一如继往地支持我们|一如继往；再接再励，取得好成绩|再接再励；美仑美奂的展厅|美仑美奂；联系电活请存好|电活；质量保正，放心购买|质量保正；坐无虚席的讲座|坐无虚席；发贷通知已经发出|发贷；会员积份可以抵现|积份；全场打拆，欢迎光临|打拆；客户至尚是我们的宗旨|客户至尚；走头无路的时候想想办法|走头无路；谘询请拨打热线|谘询；通迅录已经更新|通迅录；座落于市中心|座落；水笼头漏水可以报修|水笼头；家俱城周年庆|家俱；园珠笔两支装|园珠笔；复盖全国的网点|复盖；欢渡国庆|欢渡；默锲配合|默锲；震憾上市|震憾；气侯变化|气侯；时侯不早了|时侯；布署完成|布署；按排好了时间|按排；以经发货|以经；己经签收|己经；恭贺新喜|恭贺新喜；热枕欢迎|热枕；松驰有度|松驰；急燥没有用|急燥；元霄节礼盒|元霄；渡假酒店预订|渡假；辩认真伪|辩认；分晰报告|分晰；清淅的画面|清淅；遵贵的客户|遵贵
`.trim().split('；').map((line) => line.split('|')[0]?.trim() ?? '')
