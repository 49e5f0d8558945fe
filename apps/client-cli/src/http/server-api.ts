/**
 * The server's HTTP routes, for what is not synced: one request, one answer, no local database.
 *
 * Answers are bounded and decoded; a refusal is told in the server's own words.
 */
import { isErrorCode } from '@json-database-sync/domain';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.js';
import type { Settings } from '../settings/settings.js';
import { unreachableReason } from '../sync/refusal.js';

/** The longest answer that is taken as one. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** A download that gives nothing for so long has died. */
const SILENCE_MS = 30_000;

const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }) });

export interface HttpRequest {
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string | undefined>>;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export class ServerApi {
  constructor(private readonly settings: Settings) {}

  /** @throws CliFailure what the server refuses, or why it cannot be asked */
  async json<T>(schema: z.ZodType<T>, request: HttpRequest): Promise<T> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this.download(request)) {
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) throw unexpectedAnswer();
      parts.push(part);
    }
    const decoded = schema.safeParse(parseOrNull(Buffer.concat(parts).toString('utf8')));
    if (!decoded.success) throw unexpectedAnswer();
    return decoded.data;
  }

  /**
   * The answer's bytes as they come.
   * @throws CliFailure also where the connection ends before the answer does
   */
  async *download(request: HttpRequest): AsyncGenerator<Uint8Array> {
    const silence = new AbortController();
    const fallSilent = (): void => silence.abort();
    let timer = setTimeout(fallSilent, this.settings.waitMs);
    const signals = [silence.signal, ...(request.signal ? [request.signal] : [])];
    try {
      const response = await fetch(this.urlOf(request), { headers: this.headers(), signal: AbortSignal.any(signals) });
      clearTimeout(timer);
      timer = setTimeout(fallSilent, SILENCE_MS);
      if (!response.ok) throw await refusalIn(response);
      for await (const part of response.body ?? []) {
        yield part as Uint8Array;
        timer.refresh();
      }
    } catch (error) {
      if (error instanceof CliFailure || request.signal?.aborted) throw error;
      throw this.lost(error, silence.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Beside the WebSocket endpoint: `ws://host/ws` has its routes at `http://host/api`. */
  private urlOf({ path, parameters = {} }: HttpRequest): URL {
    const url = new URL(this.settings.server.replace(/^ws/, 'http'));
    url.search = '';
    url.pathname = url.pathname.replace(/\/[^/]*$/, `/api/${path}`);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  private headers(): Record<string, string> {
    const { token, userId } = this.settings;
    return { authorization: `Bearer ${token}`, ...(userId === undefined ? {} : { 'x-user-id': userId }) };
  }

  private lost(error: unknown, silent: boolean): CliFailure {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    const why = silent
      ? `no answer from ${this.settings.server} in time`
      : unreachableReason(reason, this.settings.server);
    return new CliFailure(silent ? 'timed_out' : 'connection_lost', `The server cannot be reached: ${why}.`, {
      remedy: 'This command asks the server each time; try again when it can be reached.',
      cause: error,
    });
  }
}

async function refusalIn(response: Response): Promise<CliFailure> {
  const told = refusalSchema.safeParse(parseOrNull((await response.text()).slice(0, 10_000)));
  if (!told.success) return unexpectedAnswer(response.status);
  const { code, message, remedy } = told.data.error;
  return new CliFailure(isErrorCode(code) ? code : 'server_error', message, { remedy });
}

function unexpectedAnswer(status?: number): CliFailure {
  const what = status === undefined ? 'an answer that is none' : `HTTP status ${status}`;
  return new CliFailure('server_error', `The server gave ${what}.`, {
    remedy: 'Check the address (--server), and that server and client are of about the same version.',
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
