export { loadAttachments, type AttachmentLimits, type LoadOptions } from './load-attachments.js';
export { publicInternet, type Network } from './network.js';
