/** Writing, reading and streaming documents: the pipeline, the event store, the feed and the gateway. */
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AuditLog } from '../audit/audit-log.js';
import { ApplyConflictHandler } from '../conflicts/apply-conflict.command.js';
import { ConflictLedger } from '../conflicts/conflict-ledger.js';
import { ConflictResolvers } from '../conflicts/conflict-resolvers.js';
import { StreamStrategies } from '../conflicts/stream-strategies.js';
import { CreateDocumentHandler } from '../documents/commands/create-document.command.js';
import { DeleteDocumentHandler } from '../documents/commands/delete-document.command.js';
import { RestoreDocumentHandler } from '../documents/commands/restore-document.command.js';
import { UndoDocumentHandler } from '../documents/commands/undo-document.command.js';
import { UpdateDocumentHandler } from '../documents/commands/update-document.command.js';
import { DigestReader } from '../event-store/digest-reader.js';
import { DocumentHistory } from '../event-store/document-history.js';
import { EventStore } from '../event-store/event-store.js';
import { SnapshotReader } from '../event-store/snapshot.js';
import { StreamPast } from '../event-store/stream-past.js';
import { TimeTravel } from '../event-store/time-travel.js';
import { Feed } from '../feed/feed.js';
import { Authenticator } from '../gateway/authenticator.js';
import { GatewayServices } from '../gateway/services.js';
import { SyncGateway } from '../gateway/sync.gateway.js';
import { MonitoringModule } from '../monitoring/monitoring.module.js';
import { HistoryPacking } from '../packing/history-packing.js';
import { CommitPipeline } from '../pipeline/commit-pipeline.js';

@Module({
  imports: [CqrsModule.forRoot(), DiscoveryModule, AccountsModule, MonitoringModule],
  providers: [
    EventStore,
    SnapshotReader,
    DocumentHistory,
    TimeTravel,
    StreamPast,
    AuditLog,
    DigestReader,
    Feed,
    ConflictResolvers,
    StreamStrategies,
    ConflictLedger,
    ApplyConflictHandler,
    CommitPipeline,
    HistoryPacking,
    GatewayServices,
    Authenticator,
    SyncGateway,
    CreateDocumentHandler,
    UpdateDocumentHandler,
    DeleteDocumentHandler,
    RestoreDocumentHandler,
    UndoDocumentHandler,
  ],
  exports: [
    EventStore,
    TimeTravel,
    StreamPast,
    CommitPipeline,
    Feed,
    ConflictLedger,
    ConflictResolvers,
    StreamStrategies,
    AuditLog,
  ],
})
export class SyncModule {}
