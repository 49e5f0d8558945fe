import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { Logger } from 'pino';
import { AccountsModule } from './accounts/accounts.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HttpModule } from './http/http.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { SettingsModule } from './settings/settings.module.js';
import type { ServerSettings } from './settings/settings.js';
import { SyncModule } from './sync/sync.module.js';

export interface AppDependencies {
  readonly settings: ServerSettings;
  readonly logger: Logger;
  /** Modules of an embedding application, as those that provide conflict resolvers. */
  readonly modules?: readonly (Type | DynamicModule)[] | undefined;
}

/** The whole server. Settings and logger are handed in: they exist before Nest does. */
@Module({})
export class AppModule {
  static using({ settings, logger, modules = [] }: AppDependencies): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.using(settings),
        LoggingModule.using(logger),
        DatabaseModule,
        MonitoringModule,
        AccountsModule,
        SyncModule,
        HttpModule,
        ...modules,
      ],
    };
  }
}
