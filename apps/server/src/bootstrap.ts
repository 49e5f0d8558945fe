/**
 * Puts the server together and takes it apart again, for `main.ts` and for tests alike. It neither reads the environment
 * nor ends the process.
 *
 * Invariants: a start that fails leaves nothing open; `close` lets what is in flight finish, at most for as long as
 * SHUTDOWN_TIMEOUT_MS; the pool ends last.
 */
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { AppModule, type AppDependencies } from './app.module.js';
import { prepareDatabase } from './database/prepare-database.js';
import { SyncWsAdapter } from './gateway/sync-ws-adapter.js';
import { configureHttp } from './http/configure-http.js';
import { DrainingAdapter } from './http/draining-adapter.js';
import { Readiness } from './http/health/readiness.js';
import { createLogger } from './logging/logger.js';
import { NestLog } from './logging/nest-log.js';
import { addressUnavailable } from './settings/address-errors.js';
import type { ServerSettings } from './settings/settings.js';
import type { Address } from './settings/setting-parsers.js';

export interface RunningServer {
  readonly app: NestExpressApplication;
  /** Where it really listens: with port 0 in the settings, the system has chosen one. */
  readonly port: number;
  /** `http://host:port`, by a host that a client on this machine can use. */
  readonly url: string;
  /** The same for the WebSocket endpoint. */
  readonly wsUrl: string;
  /**
   * Stops accepting, finishes what is in flight, closes the sockets (1001) and then the database pool. May be called
   * more than once.
   * @returns whether all of it was done in time
   */
  close(): Promise<boolean>;
}

/**
 * @param modules of an application that embeds the server: for one, with conflict resolvers
 * @throws StartupError for every expected reason
 */
export async function createServer(
  settings: ServerSettings,
  logger: Logger = createLogger(settings),
  modules: AppDependencies['modules'] = [],
): Promise<RunningServer> {
  const applied = await prepareDatabase(settings);
  if (applied.length > 0) logger.info(`migrated the database: ${applied.join(', ')}`);

  const adapter = new DrainingAdapter();
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.using({ settings, logger, modules }),
    adapter,
    {
      bufferLogs: true,
      abortOnError: false,
      bodyParser: false,
    },
  );
  configureApp(app, settings);
  const close = closer(app, adapter, settings.shutdownTimeoutMs);
  try {
    await listen(app, settings.bind);
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = reachableHost(settings.bind.host);
  logger.info(`listening on ${settings.bind.host} port ${port}`);
  return { app, port, url: `http://${host}:${port}`, wsUrl: `ws://${host}:${port}/ws`, close };
}

/** What an application needs between its making and its listening. */
export function configureApp(app: NestExpressApplication, settings: ServerSettings): void {
  app.useLogger(app.get(NestLog));
  app.useWebSocketAdapter(new SyncWsAdapter(app));
  configureHttp(app, settings);
}

async function listen(app: NestExpressApplication, bind: Address): Promise<void> {
  // Whatever else fails while the modules start must not be taken for a trouble with the address.
  await app.init();
  try {
    await app.listen(bind.port, bind.host);
  } catch (error) {
    throw addressUnavailable(bind, error);
  }
}

function closer(app: NestExpressApplication, adapter: DrainingAdapter, timeoutMs: number): () => Promise<boolean> {
  let closing: Promise<boolean> | undefined;
  const close = async (): Promise<boolean> => {
    app.get(Readiness).stop();
    void adapter.stopAccepting();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => {
        adapter.cutConnections();
        resolve(false);
      }, timeoutMs);
    });
    try {
      return await Promise.race([app.close().then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  };
  return () => (closing ??= close());
}

/** The wildcard addresses are for listening; to connect, one says localhost. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
