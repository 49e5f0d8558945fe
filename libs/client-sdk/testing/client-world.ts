/** Whole clients on real SQLite, and a server in memory, in virtual time. */
import { canonicalJson, type ClientId, type Mutation } from '@json-database-sync/domain';
import { SyncClient } from '../src/client/sync-client.js';
import type { SyncClientOptions } from '../src/client/types.js';
import { FakePlatform } from './fake-platform.js';
import { FakeServer } from './fake-server.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;

export class ClientWorld {
  readonly platform = new FakePlatform(7);
  readonly server = new FakeServer(this.platform);
  private readonly opened: SyncClient[] = [];
  private lastForeign = 0;

  async open(options: Partial<SyncClientOptions> = {}): Promise<SyncClient> {
    const client = await SyncClient.open(
      { database: ':memory:', url: 'ws://server.test/ws', token: 'secret', ...options },
      { platform: this.platform, transport: this.server },
    );
    this.opened.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.opened) await client.close();
  }

  /** A change by another client of the same user, committed and broadcast. */
  foreign(mutation: Record<string, unknown> & { kind: string; document_id: string }): void {
    const { server } = this;
    const before = server.head;
    const number = String(++this.lastForeign).padStart(12, '0');
    const whole = { mutation_id: `0190c000-0000-7000-8000-${number}`, stream_id: server.streamId, ...mutation };
    const result = server.commit(whole as unknown as Mutation, OTHER);
    expect(result.status).not.toBe('rejected');
    server.broadcast(before);
  }

  update(id: string, base: number, path: string, value: unknown): void {
    this.foreign({ kind: 'update', document_id: id, base_version: base, patch: [{ op: 'replace', path, value }] });
  }

  /** What the client holds is what the server holds, byte for byte, and nothing is left to send. */
  expectConverged(client: SyncClient): void {
    expect(client.status()).toMatchObject({ pending: 0, caughtUp: true, cursor: this.server.head });
    const here = client.documents
      .list({ includeDeleted: true })
      .map((d) => [d.id, d.title, canonicalJson(d.content), d.version, d.revisionId, d.deletedAt, d.pending]);
    const there = [...this.server.documents.values()].map((d) => [
      d.id,
      d.title,
      canonicalJson(d.content),
      d.version,
      d.revisionId,
      d.deletedAt,
      false,
    ]);
    expect(new Map(here.map((d) => [d[0], d]))).toEqual(new Map(there.map((d) => [d[0], d])));
  }

  pass(ms = 1_000): Promise<void> {
    return this.platform.advance(ms);
  }
}
