/** `@json-database-sync/client/nest`: the client as a Nest module. */
export { SyncClientModule, type SyncClientModuleAsyncOptions } from './sync-client.module.js';
