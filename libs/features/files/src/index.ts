export { AttachmentsStore } from './attachments.store.js';
export { ConversationFiles, type ThreadFiles } from './conversation-files.js';
export { files } from './feature.js';
export { FilesStore } from './files.store.js';
export { fetchFile } from './fetch-file.js';
export { ForbiddenAddress, MissingError } from './missing-error.js';
export { type Network, publicInternetThrough } from './network.js';
export { FILE_PARAMS, filesAreOf, RELEASE_FILES, USE_FILES } from './uses.js';
export { type FileRecord, fileRoutes, fileSchema } from './words.js';
