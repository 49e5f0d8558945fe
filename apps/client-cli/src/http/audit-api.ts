/** The audit trail and the export of a stream, from the server. */
import { auditPageSchema, type AuditEntry, type AuditPage } from '@json-database-sync/domain';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.js';
import type { Settings } from '../settings/settings.js';
import { ServerApi } from './server-api.js';

/** As the routes take them; see the server's documentation. */
export type AuditParameters = Readonly<Record<string, string | undefined>>;

const streamsSchema = z.object({
  streams: z.array(z.object({ stream_id: z.guid(), name: z.string(), role: z.string() })).max(10_000),
});

const PAGE = '200';

export class AuditApi {
  private readonly server: ServerApi;

  constructor(private readonly settings: Settings) {
    if (settings.offline || settings.waitMs === 0) {
      throw new CliFailure('invalid_argument', 'The audit trail is kept by the server: it cannot be had offline.', {
        remedy: 'Leave --offline away; an exported file is verified without a server by `audit verify FILE`.',
      });
    }
    this.server = new ServerApi(settings);
  }

  /** The user's personal stream. */
  async personalStream(): Promise<string> {
    // It has the user's id; a token that was issued to somebody is the only thing that may leave that open.
    if (this.settings.userId !== undefined) return this.settings.userId;
    const { streams } = await this.server.json(streamsSchema, { path: 'streams' });
    const [own, ...others] = streams.filter(({ name, role }) => name === 'Personal' && role === 'owner');
    if (own && others.length === 0) return own.stream_id;
    throw new CliFailure('invalid_argument', 'It is not clear which stream is meant.', {
      remedy: 'Name it with --stream, or the user with --user-id.',
    });
  }

  /** The entries in sequence order, page by page as they are wanted. */
  async *entries(streamId: string, parameters: AuditParameters): AsyncGenerator<AuditEntry> {
    let after = parameters['after'];
    for (;;) {
      const page: AuditPage = await this.server.json(auditPageSchema, {
        path: `streams/${streamId}/audit`,
        parameters: { limit: PAGE, ...parameters, after },
      });
      yield* page.entries;
      if (page.next_after === null) return;
      after = String(page.next_after);
    }
  }

  /** The bytes of an export as they come. */
  export(streamId: string, parameters: AuditParameters, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.server.download({ path: `streams/${streamId}/audit/export`, parameters, signal });
  }
}
