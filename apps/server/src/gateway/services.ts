/** What both dialects work with: one set for all connections. */
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { DocumentCommand } from '@json-database-sync/domain';
import { Accounts } from '../accounts/accounts.js';
import { commandFor } from '../documents/commands/command-for.js';
import type { DocumentsPage } from '../documents/queries/list-documents.query.js';
import type { SearchDocumentsQuery } from '../documents/queries/search-documents.query.js';
import { ConflictLedger } from '../conflicts/conflict-ledger.js';
import { DigestReader } from '../event-store/digest-reader.js';
import { EventStore } from '../event-store/event-store.js';
import { SnapshotReader } from '../event-store/snapshot.js';
import { StreamPast } from '../event-store/stream-past.js';
import { TimeTravel } from '../event-store/time-travel.js';
import { Feed } from '../feed/feed.js';
import type { Author, CommitReply } from '../pipeline/submission.js';

@Injectable()
export class GatewayServices {
  constructor(
    readonly accounts: Accounts,
    readonly store: EventStore,
    readonly snapshots: SnapshotReader,
    readonly digests: DigestReader,
    readonly timeTravel: TimeTravel,
    readonly streamPast: StreamPast,
    readonly feed: Feed,
    readonly conflicts: ConflictLedger,
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  execute(command: DocumentCommand, author: Author): Promise<CommitReply> {
    return this.commandBus.execute(commandFor(command, author));
  }

  search(query: SearchDocumentsQuery): Promise<DocumentsPage> {
    return this.queryBus.execute(query);
  }
}
