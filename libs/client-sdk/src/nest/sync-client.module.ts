/**
 * The client as a Nest module: one SyncClient for the application, opened before it starts and closed when it ends
 * (call `app.enableShutdownHooks()` to have that on signals, too).
 */
import {
  Inject,
  Module,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OptionalFactoryDependency,
} from '@nestjs/common';
import { SyncClient } from '../client/sync-client.js';
import type { SyncClientOptions } from '../client/types.js';

const OPTIONS = Symbol('SyncClientOptions');

export interface SyncClientModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Tokens of what the factory is called with. */
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the application knows what it injects
  readonly useFactory: (...dependencies: any[]) => SyncClientOptions | Promise<SyncClientOptions>;
  /** Whether every module sees the client without importing this one. */
  readonly global?: boolean;
}

@Module({})
export class SyncClientModule implements OnApplicationShutdown {
  constructor(@Inject(SyncClient) private readonly client: SyncClient) {}

  static forRoot(options: SyncClientOptions & { readonly global?: boolean }): DynamicModule {
    const { global = false, ...rest } = options;
    return SyncClientModule.forRootAsync({ global, useFactory: () => rest });
  }

  static forRootAsync(options: SyncClientModuleAsyncOptions): DynamicModule {
    return {
      module: SyncClientModule,
      global: options.global ?? false,
      imports: options.imports ?? [],
      providers: [
        { provide: OPTIONS, useFactory: options.useFactory, inject: options.inject ?? [] },
        { provide: SyncClient, useFactory: (given: SyncClientOptions) => SyncClient.open(given), inject: [OPTIONS] },
      ],
      exports: [SyncClient],
    };
  }

  /** After everyone's `onModuleDestroy` and `beforeApplicationShutdown`: they may still want to write. */
  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
