export { loadAttachments, type AttachmentLimits, type LoadOptions } from './load-attachments.js';
export { publicInternet, publicInternetThrough, type Network } from './network.js';
