/** One engine of the application: a client of the SDK, and what it tells. */
import { SyncClient, type LogEntry, type SyncClientOptions } from '@json-database-sync/client';
import { SyncError, conflictStrategySchema } from '@json-database-sync/domain';
import { LOG_LEVEL } from '../abi/enums.js';
import type { Arguments } from './arguments.js';
import { EngineEvents, type SendEvent } from './engine-events.js';
import { wishForStrategy } from './stream-strategy.js';

export class HostedEngine {
  private constructor(
    readonly client: SyncClient,
    private readonly events: EngineEvents,
  ) {}

  /**
   * Fields: database, url, token, user id, client id, strategy (each but the first may be nothing), log level, whether
   * to connect, the mask of wanted events.
   * @throws SyncError as `SyncClient.open` does
   */
  static async open(given: Arguments, sendEvent: SendEvent): Promise<HostedEngine> {
    const [url, token] = [given.optionalText(1), given.optionalText(2)];
    const strategy = checkedStrategy(given.optionalText(5));
    const level = given.integer(6);
    // Opening writes to the log already; who would be told is known a moment later.
    const told: { events?: EngineEvents } = {};
    const log = (entry: LogEntry): void => {
      if (LOG_LEVEL[entry.level] <= level) told.events?.log(entry);
    };
    const [userId, clientId] = [given.optionalText(3), given.optionalText(4)];
    const options: SyncClientOptions = {
      database: given.text(0),
      ...(url !== undefined && { url }),
      ...(token !== undefined && { token }),
      ...(userId !== undefined && { userId }),
      ...(clientId !== undefined && { clientId }),
      autoConnect: url !== undefined && given.integer(7) === 1,
      log,
    };
    const client = await openAsSomebody(options);
    const events = (told.events = new EngineEvents(client, sendEvent));
    events.listen(given.integer(8));
    if (strategy !== undefined && url !== undefined) {
      wishForStrategy(client, { strategy, url, token: token ?? '' }, (error) => events.failed(error));
    }
    return new HostedEngine(client, events);
  }

  listen(mask: number): void {
    this.events.listen(mask);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** One fixed user for whoever comes with the demo token and no user id: the terminal client's, so that they meet. */
const DEMO_TOKEN = 'demo-token';
const DEMO_USER_ID = '550e8400-e29b-41d4-a716-446655440000';

/** A database that belongs to somebody is opened as theirs. */
async function openAsSomebody(options: SyncClientOptions): Promise<SyncClient> {
  if (options.token !== DEMO_TOKEN || options.userId !== undefined) return SyncClient.open(options);
  const client = await SyncClient.open({ ...options, autoConnect: false });
  const isBound = client.status().userId !== null;
  await client.close();
  return SyncClient.open(isBound ? options : { ...options, userId: DEMO_USER_ID });
}

function checkedStrategy(strategy: string | undefined): string | undefined {
  if (strategy === undefined || conflictStrategySchema.safeParse(strategy).success) return strategy;
  throw new SyncError(
    'invalid_argument',
    'the strategy is one of server_wins, client_wins, manual and resolver:<name>, or nothing',
  );
}
