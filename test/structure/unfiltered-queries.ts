/**
 * Every function (or whole file) that touches rows of customers without a RowFilter or RecordFilter, and why that shows nobody a row
 * that he may not see. A function of a file of routes has its place here only when a `system.` operation opens its answer: whoever
 * else is answered, is answered through a filter.
 */
export const unfilteredQueries: Readonly<Record<string, string>> = {
  // The engine: makes the filters, and loads the facts on which it decides.
  'server/access/atoms.ts': 'the SQL of the filters themselves',
  'server/access/bulk/customer-columns.ts': 'facts of all customers for the preview of a policy, which tells numbers and a few examples to whoever publishes policies',
  'server/policy/policy.routes.ts#readWords': 'system.policy.view reads which task types and journey nodes there are: names, of no customer',
  'server/access/facts.ts#loadChunk': 'facts for deciding; they hold ids and never leave',
  'server/access/grant-sources.ts#loadShares': 'what was shared with one person is a part of his rules',
  'server/access/card-count.ts': 'counts how many cards one person was shown; ids only',
  'server/access/reveal-count.ts#takeAllowance': 'how many reveals one person has left',
  'server/access/scenario/choose-examples.ts#chooseStaff': 'ids of people only, for the file of the running policy',
  'server/access/scenario/choose-examples.ts#chooseCustomers': 'ids of a few customers, which become customer-1, customer-2 before they leave; for whoever looks after the rules',
  'server/access/scenario/choose-examples.ts#loadTimed': 'shares of the chosen people, as rules',
  'server/access/scenario/write-company.ts#writeRules': 'writes an invented company into a database of its own',
  'server/access/scenario/write-company.ts#writeCustomers': 'writes an invented company into a database of its own',

  // Lists: what the scope table proposes is decided by the filter.
  'server/access/listing/postings.ts#from': 'proposes ids only: read-page.ts keeps of them what the row filter allows',
  'server/access/listing/postings.ts#members': 'proposes ids only: read-page.ts keeps of them what the row filter allows',
  'server/access/listing/postings.ts#holds': 'proposes ids only: read-page.ts keeps of them what the row filter allows',
  'server/access/listing/branches.ts#branchSql': 'proposes ids only: read-page.ts keeps of them what the row filter allows',
  'server/access/listing/branches.ts#standsAt': 'proposes ids only: read-page.ts keeps of them what the row filter allows',
  'server/access/listing/plan.ts##sizeOf': 'counts, up to a bound, how much a plan would read; the number stays inside',
  'server/access/listing/plan.ts##isRare': 'counts, up to a bound, how much a plan would read; the number stays inside',
  'server/access/listing/refresh.ts#listingsOf': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/refresh.ts#listedRows': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/refresh.ts#write': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/refresh.ts#insertRows': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/check.ts#nextIds': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/marks.ts#hasCustomers': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/marks.ts#everyCustomer': 'brings the rows behind lists to the facts; ids only, answers nobody',
  'server/access/listing/marks.ts#customersAt': 'brings the rows behind lists to the facts; ids only, answers nobody',

  // Templates: how often they were used; of whom it was is told to nobody.
  'server/templates/template-uses.ts#recordTemplateUses': 'writes that a message left to a customer about whom the caller decided',
  'server/templates/template-uses.ts#recordsAfter': 'instants at which customers wrote, came or bought, written to the messages before them; answers nobody',
  'server/templates/conversions.ts#usesBefore': 'the messages before something that a customer did; answers nobody',
  'server/templates/conversions.ts#isFirst': 'writes what followed a message; answers nobody',
  'server/templates/conversion-sweep.ts#sources': 'instants at which customers wrote, came or bought, written to the messages before them; answers nobody',
  'server/templates/template-uses.ts#resultsOfTemplates': 'numbers by template, over all uses, for whoever holds marketing.templates.operate; no customer leaves',

  // Workers: act for nobody; they bring our rows to what WeCom says and answer no one.
  'server/broadcasts/audience/walk-audience.ts#refusesContact': 'a condition on rows that the audience\'s filter chose',
  'server/customers/contact-refusal.ts#refuseContact': 'writes the wish of a customer whom the route found by a filter, or who wrote it himself',
  'server/customers/contact-refusal.ts#liftRefusal': 'lifts the wish of a customer whom the route found by a filter',
  'server/customers/contact-refusal.ts#refusalsOf': 'whether customers whom the caller found by a filter asked not to be contacted',
  'server/conversations/store-messages.ts#storeMessage': 'stores an arriving message once',
  'server/customers/customers.workers.ts#applyFollows': 'an event of WeCom about one customer',
  'server/customers/customers.workers.ts#applyShown': 'an event of WeCom about one customer',
  'server/customers/customers.workers.ts#endByEvent': 'an event of WeCom about one customer',
  'server/customers/customers.workers.ts#liveFollowOf': 'an event of WeCom about one customer',
  'server/customers/read-wecom.ts#loadPeopleAround': 'who follows a customer that is being read from WeCom',
  'server/customers/sync-customers.ts#endUnseen': 'the repeated reading of WeCom',
  'server/customers/sync-customers.ts#sendRemark': 'tells WeCom the remark of the follow whose id stands in the effect',
  'server/customers/unsent.ts#areTagsUnsent': 'whether WeCom still has to be told tags of this customer',
  'server/customers/write-customer.ts#dropTagsOfEnded': 'writes what WeCom shows',
  'server/customers/write-customer.ts#endFollow': 'writes what WeCom shows',
  'server/customers/write-customer.ts#putCustomer': 'writes what WeCom shows',
  'server/customers/write-customer.ts#putFollows': 'writes what WeCom shows',
  'server/customers/write-customer.ts#putTags': 'writes what WeCom shows',
  'server/entrances/entrances.workers.ts#tagByEntrance': 'tags of the entrance that a new customer came through',

  // The gate of broadcasts: customers were chosen by the source's own filter; here they are ids on their way to WeCom, answered to nobody.
  'server/outreach/recipients.ts': 'the customers of a task that its source decided about; ids for the call and for the source',
  'server/outreach/plan-tasks.ts#planTasks': 'writes the customers that the source decided about',
  'server/outreach/progress.ts#readProgress': 'counts the customers of one source; who may see the numbers is the source\'s to decide',
  'server/outreach/withdraw.ts#offerAgain': 'moves the customers of a task to the one of the morning',

  'server/customers/show-cards.ts#purgeCardViews': 'forgets who was shown whom long ago',

  // Requests that wait for a second person: the requester was decided about before, the card names nobody.
  'server/customers/block-request.ts#describe': 'the card of a request for a block: the end of an id, no name and no value',
  'server/customers/block-request.ts#onClosed': 'closes the request that was decided',
  'server/customers/block-request.ts#open': 'opens the block that was agreed to',
  'server/customers/block-request.ts#askForBlock': 'writes the request of somebody who sees this customer',
  'server/customers/blocks.ts#blocksOf': 'the caller\'s own requests about a customer whose card was opened for him',
  'server/customers/reveal-request.ts#onApproved': 'the allowance that was agreed to',
  'server/customers/reveal.ts#record': 'writes who looked at what; no value',
  'server/customers/reveal.routes.ts#readPage': 'the trail of reveals for holders of system.audit.view: who looked at what and why, no value',
  'server/customers/reveal.routes.ts#presentReveals': 'ids of the customers in that trail, for holders of system.audit.view',
  'server/customers/explain-words.ts#loadRuleNames': 'words for rules that decided about a customer of whom the caller may know why',

  // Broadcasts: recipients were frozen through the author's filter; what is read of them is ids for outreach, and numbers.
  'server/customers/known-customers.ts#knownCustomers': 'the customers of an arriving message or of a broadcast sent by hand; answers nobody',
  'server/broadcasts/by-hand/count-part.ts#notCounted': 'which customers of one sender are counted already; answers nobody',
  'server/broadcasts/by-hand/count-part.ts#writeExcess': 'marks who got too many; answers nobody',
  'server/broadcasts/by-hand/count-part.ts#countSent': 'writes recipients; answers nobody',
  'server/broadcasts/let-leave.ts#letLeave': 'recipients on their way to WeCom: customers were decided by the filters of author and sender, groups by department and owner',
  'server/broadcasts/audience/allowed-audience.ts#narrowingsOf': 'narrows further what a row filter has narrowed already',
  'server/broadcasts/audience/walk-audience.ts#spend': 'a part of a query that takes the filters of author and sender',
  'server/broadcasts/audience/frequency.ts#holdContacts': 'holds customers whom a filter gave until the commit; reads nothing',
  'server/broadcasts/audience/frequency.ts#contactDays': 'days of messages to customers whom a filter gave; only whether they are too many is used',
  'server/broadcasts/frozen-recipients.ts#recipientsOf': 'for the digest to which an approval is bound, and ids for outreach, which asks the filters once more before anything leaves',
  'server/broadcasts/drafts.ts#hasBegunToLeave': 'whether a part of the caller\'s own broadcast has left',
  'server/broadcasts/release-plan.ts#endRecipients': 'writes outcomes of recipients; answers nobody',
  'server/broadcasts/release-plan.ts#releasePiece': 'returns quota of a plan that ended; answers nobody',
  'server/broadcasts/plan-work/undo-fill.ts#undoSome': 'takes away what a submission wrote that came to nothing; answers nobody',
  'server/broadcasts/outreach-source.ts#settleTask': 'whether results are missing; answers nobody',
  'server/broadcasts/results/count-results.ts#outcomesOf': 'counts one sender\'s part for the table of results; who may read what of it is asked where it is read',
  'server/broadcasts/results/count-results.ts#conversionsOf': 'counts one sender\'s part for the table of results; who may read what of it is asked where it is read',
  'server/broadcasts/results/my-sendings.ts#waitingOf': 'how many customers a task of the caller himself waits for in his own WeCom, which lists them',

  'server/policy/share-customer.ts#shareWith': 'writes a share of a customer whom the actor sees, decided before',
  'server/policy/share-customer.ts#sharesOf': 'shares of one customer whom the caller was shown: who sees him, no value',
  'server/policy/share-customer.ts#endOneShare': 'ends a share for whoever gave it, got it, or publishes policies',
  'server/policy/share-customer.ts#endSharesTo': 'ends what was shown to somebody whose access ends',

  // Commands and parts of answers: they are handed customers that a filter gave.
  'server/customers/customer-rows.ts#insertCustomers': 'writes rows that a worker or a command decided about',
  'server/customers/customer-rows.ts#updateCustomer': 'writes a row that a worker or a command decided about',
  'server/customers/customer-rows.ts#insertFollow': 'writes what WeCom shows',
  'server/customers/customer-rows.ts#updateFollow': 'writes what WeCom shows, or the remark of the caller\'s own follow',
  'server/customers/customer-rows.ts#addTags': 'writes tags that WeCom shows or an entrance gives',
  'server/customers/customer-rows.ts#removeTags': 'takes tags that WeCom shows no more',
  'server/customers/customer-search.ts#conditionOf': 'narrows further what a row filter has narrowed already',
  'server/customers/change-customer.ts#liveFollow': 'the caller\'s own follow of a customer that findVisible gave',
  'server/customers/customer-context.ts#loadCardContext': 'what cards show beside the rows that a filter gave; the presenter shows each part only where its field may be seen',
  'server/customers/customer-context.ts#loadTags': 'tags of the rows that a filter gave; shown only where the field may be seen',
  'server/customers/own-customer.ts#becomeOwner': 'gives away a customer without owner, by a conditional update; the caller decided before',
}

/** Where a filter that lets everything through is made, and for whom. */
export const systemFilterUses: Readonly<Record<string, string>> = {
  'server/app.ts#customerIdOf': 'the search of the audit by a customer: whoever holds system.audit.view meets ids and field names, no values',
  'server/customers/explain.routes.ts#anyCustomer': 'whoever holds system.policy.view asks about the rules; he learns reasons, no values',
}
