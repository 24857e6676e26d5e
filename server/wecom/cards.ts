/**
 * Message cards (模板卡片, WeCom doc path/90236). Keys are turned into WeCom's spelling when sent; WeCom cuts or refuses
 * texts that are too long: title about 36 characters, button text about 10.
 */
interface CardBase {
  readonly source?: { readonly desc?: string, readonly descColor?: 0 | 1 | 2 | 3, readonly iconUrl?: string }
  readonly mainTitle: { readonly title: string, readonly desc?: string }
  /** Unique per app, `[0-9A-Za-z_\-@]`, at most 128 bytes; returned by the tap. */
  readonly taskId?: string
  readonly actionMenu?: { readonly desc?: string, readonly actionList: readonly { readonly text: string, readonly key: string }[] }
  /** At most 6 lines; keyname about 5 characters. */
  readonly horizontalContentList?: readonly CardLine[]
  readonly quoteArea?: { readonly type?: 0 | 1, readonly url?: string, readonly title?: string, readonly quoteText?: string }
  readonly subTitleText?: string
  readonly cardAction?: CardLink
}

export interface CardLine {
  /** 0 plain, 1 address, 3 member. */
  readonly type?: 0 | 1 | 3
  readonly keyname: string
  readonly value?: string
  readonly url?: string
  readonly userid?: string
}

/** 0 nothing, 1 opens the address. */
export type CardLink = { readonly type: 0 } | { readonly type: 1, readonly url: string }

export interface CardOption {
  readonly id: string
  readonly text: string
}

export interface TextNoticeCard extends CardBase {
  readonly cardType: 'text_notice'
  readonly emphasisContent?: { readonly title?: string, readonly desc?: string }
  readonly jumpList?: readonly { readonly type?: 0 | 1, readonly title: string, readonly url?: string }[]
  readonly cardAction: { readonly type: 1, readonly url: string }
}

export interface NewsNoticeCard extends CardBase {
  readonly cardType: 'news_notice'
  readonly cardImage: { readonly url: string, readonly aspectRatio?: number }
  readonly verticalContentList?: readonly { readonly title: string, readonly desc?: string }[]
  readonly cardAction: { readonly type: 1, readonly url: string }
}

export type CardButton =
  | { readonly type?: 0, readonly text: string, readonly style?: 1 | 2 | 3 | 4, readonly key: string }
  | { readonly type: 1, readonly text: string, readonly style?: 1 | 2 | 3 | 4, readonly url: string }

export interface ButtonCard extends CardBase {
  readonly cardType: 'button_interaction'
  readonly taskId: string
  /** At most 6. */
  readonly buttonList: readonly CardButton[]
  readonly buttonSelection?: { readonly questionKey: string, readonly title?: string, readonly optionList: readonly CardOption[], readonly selectedId?: string }
  /** Only in an update: greys the buttons with this text. */
  readonly replaceText?: string
}

export interface VoteCard extends CardBase {
  readonly cardType: 'vote_interaction'
  readonly taskId: string
  readonly checkbox: {
    readonly questionKey: string
    /** 0 one answer, 1 several. */
    readonly mode?: 0 | 1
    readonly disable?: boolean
    readonly optionList: readonly (CardOption & { readonly isChecked: boolean })[]
  }
  readonly submitButton: { readonly text: string, readonly key: string }
  readonly replaceText?: string
}

export interface MultipleCard extends CardBase {
  readonly cardType: 'multiple_interaction'
  readonly taskId: string
  /** 1 to 3. */
  readonly selectList: readonly {
    readonly questionKey: string
    readonly title?: string
    readonly disable?: boolean
    readonly selectedId?: string
    readonly optionList: readonly CardOption[]
  }[]
  readonly submitButton: { readonly text: string, readonly key: string }
  readonly replaceText?: string
}

export type TemplateCard = TextNoticeCard | NewsNoticeCard | ButtonCard | VoteCard | MultipleCard
