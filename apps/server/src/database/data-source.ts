/** How we connect to PostgreSQL: one pool a process, which mends itself when PostgreSQL has been away. */
import { MIGRATIONS } from '@json-database-sync/migrations';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { ServerSettings } from '../settings/settings.js';
import { ApiTokenEntity } from './entities/api-token.entity.js';
import { ConflictEntity } from './entities/conflict.entity.js';
import { KeyframeEntity } from './entities/keyframe.entity.js';
import { CredentialEntity } from './entities/credential.entity.js';
import { DocumentEntity } from './entities/document.entity.js';
import { EventEntity } from './entities/event.entity.js';
import { EventPackEntity } from './entities/event-pack.entity.js';
import { MutationEntity } from './entities/mutation.entity.js';
import { StreamMemberEntity } from './entities/stream-member.entity.js';
import { StreamEntity } from './entities/stream.entity.js';
import { UserEntity } from './entities/user.entity.js';

const ENTITIES = [
  UserEntity,
  CredentialEntity,
  ApiTokenEntity,
  StreamEntity,
  StreamMemberEntity,
  EventEntity,
  EventPackEntity,
  DocumentEntity,
  MutationEntity,
  ConflictEntity,
  KeyframeEntity,
];

export type DatabaseSettings = Pick<ServerSettings, 'databaseUrl' | 'databasePoolSize' | 'databaseConnectTimeoutMs'>;

export interface DataSourceHooks {
  /**
   * Told when an idle connection breaks (PostgreSQL restarted, the network is gone). The pool drops that connection and
   * opens another when one is wanted, so this is for the log.
   */
  readonly onIdleError?: (error: Error) => void;
}

export function dataSourceOptions(settings: DatabaseSettings, hooks: DataSourceHooks = {}): DataSourceOptions {
  return {
    type: 'postgres',
    entities: ENTITIES,
    migrations: MIGRATIONS,
    synchronize: false,
    migrationsRun: false,
    // Statements carry documents as parameters: they must never be logged.
    logging: false,
    applicationName: 'json-database-sync',
    poolSize: settings.databasePoolSize,
    connectTimeoutMS: settings.databaseConnectTimeoutMs,
    poolErrorHandler: (error: Error) => hooks.onIdleError?.(error),
    // The driver reads the whole URL, its TLS parameters included; TypeORM's own reading of a URL drops those.
    extra: { connectionString: settings.databaseUrl, keepAlive: true },
  };
}

/** For tools and tests; the server's own comes from the DatabaseModule. The caller destroys it. */
export async function openDataSource(settings: DatabaseSettings, hooks?: DataSourceHooks): Promise<DataSource> {
  return new DataSource(dataSourceOptions(settings, hooks)).initialize();
}
