/** The HTTP side of the server. Everything of HTTP (statuses, headers, error bodies) stays in this folder. */
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DocumentQueriesModule } from '../documents/queries/document-queries.module.js';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { AuditController } from './audit/audit.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { ConflictsController } from './conflicts/conflicts.controller.js';
import { DocumentHistoryController } from './documents/document-history.controller.js';
import { DocumentsController } from './documents/documents.controller.js';
import { ErrorFilter } from './errors/error-filter.js';
import { HealthModule } from './health/health.module.js';
import { SyncModule } from '../sync/sync.module.js';
import { StreamPastController } from './streams/stream-past.controller.js';
import { StreamsController } from './streams/streams.controller.js';

const MINUTE_MS = 60_000;

@Module({
  imports: [
    AccountsModule,
    DocumentQueriesModule,
    HealthModule,
    SyncModule,
    ThrottlerModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: ServerSettings) => [{ ttl: MINUTE_MS, limit: settings.authRequestsPerMinute }],
    }),
  ],
  controllers: [
    AuthController,
    DocumentsController,
    DocumentHistoryController,
    StreamsController,
    StreamPastController,
    ConflictsController,
    AuditController,
  ],
  providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
})
export class HttpModule {}
