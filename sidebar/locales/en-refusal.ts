/** The texts about customers who asked not to be contacted. */
export const enRefusal = {
  refusal: {
    begin: 'Asked not to be contacted',
    byMessage: 'by a message of the customer',
    byName: 'written down by {name}',
    byStaff: 'written down by a colleague',
    cancel: 'Cancel',
    hint: 'No more broadcasts; please write only when the customer asks something.',
    lift: 'Lift',
    note: 'Please say why',
    set: 'Write down',
    sure: 'Did the customer say so? He will get no more broadcasts.',
    title: 'Do not contact',
    why: 'Why is it lifted?',
  },
  refusalReason: {
    'asked-again': 'The customer agrees again',
    mistake: 'It was a mistake',
    other: 'Other',
  },
}
