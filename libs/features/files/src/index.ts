export { READ_FILE } from './attached-file.types.js';
export { AttachmentsStore } from './attachments.store.js';
export { ConversationFiles, type ConversationFilesOptions, type FileReading, type FilesBudget, type ThreadFiles } from './conversation-files.js';
export { publicInternet, publicInternetThrough, type Network } from './network.js';
