/** The module in a real Nest application context. */
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SyncClient } from '../client/sync-client.js';
import { SyncClientModule } from './sync-client.module.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-sdk-nest-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

@Injectable()
class Tasks {
  constructor(readonly client: SyncClient) {}
}

test.each([
  ['forRoot', (database: string) => SyncClientModule.forRoot({ database })],
  [
    'forRootAsync',
    (database: string) =>
      SyncClientModule.forRootAsync({
        inject: ['DATABASE'],
        imports: [settings(database)],
        useFactory: (name: string) => ({ database: name }),
      }),
  ],
])('%s provides an open client, and closes it with the application', async (_name, makeModule) => {
  const database = join(folder, 'deeper', 'nest.sqlite3');

  @Module({ imports: [makeModule(database)], providers: [Tasks] })
  class App {}

  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const { client } = app.get(Tasks);
  await client.documents.create({ title: 'from Nest', content: 1 });
  expect(client.status()).toMatchObject({ databasePath: database, documents: 1, connection: 'offline' });
  await app.close();
  expect(() => client.status()).toThrow('The client has been closed.');
});

function settings(database: string) {
  @Module({ providers: [{ provide: 'DATABASE', useValue: database }], exports: ['DATABASE'] })
  class Settings {}
  return Settings;
}
