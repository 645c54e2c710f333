export { describeConversations, workAfterReply } from './describe-conversation.job.js';
export { Describer, type DescriberOptions } from './describer.js';
export { extractSummary, extractTitle } from './extract-outline.js';
