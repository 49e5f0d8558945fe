import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { dataSourceOptions } from './data-source.js';

/** Provides the DataSource everywhere. Nest ends its pool in onApplicationShutdown, after everything else. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: ServerSettings) => {
        const logger = new Logger('Database');
        return {
          ...dataSourceOptions(settings, {
            onIdleError: (error) => logger.warn(`a connection to PostgreSQL broke: ${error.message}`),
          }),
          // The database was reached a moment ago: a failure now is reported, not waited out.
          retryAttempts: 0,
        };
      },
    }),
  ],
})
export class DatabaseModule {}
