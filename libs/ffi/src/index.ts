/** What the package offers to JavaScript: the numbers of the C ABI, and the addon. */
export { STATUS, type StatusName } from './abi/status-codes.js';
export * from './abi/enums.js';
export { attach, type AttachOptions, type AttachedClient } from './addon/attach.js';
