export { AttachmentsStore } from './attachments.store.js';
export { ConversationFiles, type ConversationFilesOptions, type FileReading, type FilesBudget, type ThreadFiles } from './conversation-files.js';
export { files } from './feature.js';
export { publicInternet, publicInternetThrough, type Network } from './network.js';
