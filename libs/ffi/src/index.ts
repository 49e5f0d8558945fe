/** What the package offers to JavaScript: the numbers of the C ABI. */
export { STATUS, type StatusName } from './abi/status-codes.js';
export * from './abi/enums.js';
