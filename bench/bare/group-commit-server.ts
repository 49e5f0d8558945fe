/**
 * The limit for the server's writes: the least that commits an update durably and answers. Node, ws and pg; it takes what is
 * waiting as one batch, writes events, documents and counters in one statement, then answers and tells the subscribers.
 * No framework, no rights, no checks, no hashing, no merging. It talks enough of the streaming dialect for the load
 * generators. Run as a process: DATABASE_URL and LANES in the environment, prints its port.
 */
import { createServer } from 'node:http';
import { Pool } from 'pg';
import { WebSocketServer, type WebSocket } from 'ws';

interface BareMutation {
  readonly mutation_id: string;
  readonly stream_id: string;
  readonly document_id: string;
  readonly kind: string;
  readonly title?: string;
  readonly content?: Record<string, unknown>;
  readonly patch?: readonly { readonly path: string; readonly value: unknown }[];
}

interface Waiting {
  readonly mutation: BareMutation;
  readonly answer: (result: object) => void;
}

interface BareDocument {
  readonly content: Record<string, unknown>;
  version: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bare_streams (id uuid PRIMARY KEY, last_sequence bigint NOT NULL) WITH (fillfactor = 50);
  CREATE TABLE IF NOT EXISTS bare_events (
    stream_id uuid, sequence bigint, document_id uuid, version int, mutation_id uuid, forward json, reverse json,
    created_at timestamptz DEFAULT now(), PRIMARY KEY (stream_id, sequence));
  CREATE TABLE IF NOT EXISTS bare_documents (stream_id uuid, id uuid, version int, content jsonb, PRIMARY KEY (stream_id, id))`;

const COMMIT = `
  WITH counted AS (
    INSERT INTO bare_streams AS s (id, last_sequence) SELECT * FROM unnest($1::uuid[], $2::bigint[])
    ON CONFLICT (id) DO UPDATE SET last_sequence = s.last_sequence + excluded.last_sequence
    RETURNING id, last_sequence
  ), written AS (
    INSERT INTO bare_events (stream_id, sequence, document_id, version, mutation_id, forward, reverse)
    SELECT r.stream_id, c.last_sequence - r.after, r.document_id, r.version, r.mutation_id, r.forward::json, r.reverse::json
      FROM unnest($3::uuid[], $4::int[], $5::uuid[], $6::int[], $7::uuid[], $8::text[], $9::text[])
           AS r (stream_id, after, document_id, version, mutation_id, forward, reverse)
      JOIN counted c ON c.id = r.stream_id
  ), projected AS (
    INSERT INTO bare_documents (stream_id, id, version, content)
    SELECT r.stream_id, r.id, r.version, r.content::jsonb
      FROM unnest($10::uuid[], $11::uuid[], $12::int[], $13::text[]) AS r (stream_id, id, version, content)
    ON CONFLICT (stream_id, id) DO UPDATE SET version = excluded.version, content = excluded.content
  )
  SELECT id, last_sequence FROM counted`;

class Lane {
  private waiting: Waiting[] = [];
  private running = false;

  constructor(
    private readonly pool: Pool,
    private readonly publish: (streamId: string, events: readonly object[]) => void,
  ) {}

  submit(waiting: Waiting): void {
    this.waiting.push(waiting);
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, 200));
    this.running = false;
  }

  private readonly documents = new Map<string, BareDocument>();

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const counts = new Map<string, number>();
    for (const { mutation } of batch) counts.set(mutation.stream_id, (counts.get(mutation.stream_id) ?? 0) + 1);
    const left = new Map(counts);
    const touched = new Map<string, { streamId: string; id: string; document: BareDocument }>();
    const rows = batch.map(({ mutation }) => {
      const after = (left.get(mutation.stream_id) ?? 1) - 1;
      left.set(mutation.stream_id, after);
      const document = this.documents.get(mutation.document_id) ?? { content: {}, version: 0 };
      this.documents.set(mutation.document_id, document);
      document.version++;
      const reverse: object[] = [];
      if (mutation.content) Object.assign(document.content, mutation.content);
      for (const { path, value } of mutation.patch ?? []) {
        const key = path.slice(1);
        reverse.push({ op: 'replace', path, value: document.content[key] });
        document.content[key] = value;
      }
      touched.set(mutation.document_id, { streamId: mutation.stream_id, id: mutation.document_id, document });
      const forward = JSON.stringify(mutation.patch ?? mutation.content);
      return { mutation, after, version: document.version, forward, reverse: JSON.stringify(reverse) };
    });
    const documents = [...touched.values()];
    const { rows: counted } = await this.pool.query<{ id: string; last_sequence: string }>({
      name: 'bare_commit',
      text: COMMIT,
      values: [
        [...counts.keys()],
        [...counts.values()],
        rows.map(({ mutation }) => mutation.stream_id),
        rows.map(({ after }) => after),
        rows.map(({ mutation }) => mutation.document_id),
        rows.map(({ version }) => version),
        rows.map(({ mutation }) => mutation.mutation_id),
        rows.map(({ forward }) => forward),
        rows.map(({ reverse }) => reverse),
        documents.map(({ streamId }) => streamId),
        documents.map(({ id }) => id),
        documents.map(({ document }) => document.version),
        documents.map(({ document }) => JSON.stringify(document.content)),
      ],
    });
    const heads = new Map(counted.map(({ id, last_sequence }) => [id, Number(last_sequence)]));
    const news = new Map<string, object[]>();
    rows.forEach(({ mutation, after, version }, index) => {
      const sequence = (heads.get(mutation.stream_id) ?? 0) - after;
      const { mutation_id, document_id } = mutation;
      batch[index]?.answer({ mutation_id, status: 'applied', document_id, version, sequence });
      const event = {
        sequence,
        document_id,
        mutation_id,
        version,
        event_type: 'update',
        forward_patch: mutation.patch,
      };
      const list = news.get(mutation.stream_id);
      if (list) list.push(event);
      else news.set(mutation.stream_id, [event]);
    });
    for (const [streamId, events] of news) this.publish(streamId, events);
  }
}

async function serve(): Promise<void> {
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 4 });
  await pool.query(SCHEMA);
  const subscribers = new Map<string, Set<WebSocket>>();
  const publish = (streamId: string, events: readonly object[]): void => {
    const frame = Buffer.from(JSON.stringify({ type: 'changes', stream_id: streamId, events }));
    for (const socket of subscribers.get(streamId) ?? []) socket.send(frame, { binary: false });
  };
  const lanes = Array.from({ length: Number(process.env['LANES'] ?? 2) }, () => new Lane(pool, publish));
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    const answer = (result: object): void =>
      socket.send(JSON.stringify({ type: 'mutation_results', results: [result] }));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as {
        type: string;
        mutations?: BareMutation[];
        stream_ids?: string[];
      };
      if (message.type === 'authenticate') socket.send('{"type":"auth_success"}');
      if (message.type === 'subscribe') {
        for (const id of message.stream_ids ?? []) {
          const set = subscribers.get(id) ?? new Set();
          subscribers.set(id, set.add(socket));
          socket.on('close', () => set.delete(socket));
        }
        socket.send('{"type":"subscribed"}');
      }
      const mutations = message.mutations ?? [];
      const [first] = mutations;
      const lane = first && lanes[Number.parseInt(first.stream_id.slice(-1), 16) % lanes.length];
      if (mutations.length === 1 && first) lane?.submit({ mutation: first, answer });
      if (mutations.length > 1) {
        const results: object[] = [];
        const gather = (result: object): void => {
          if (results.push(result) < mutations.length) return;
          socket.send(JSON.stringify({ type: 'mutation_results', results }));
        };
        for (const mutation of mutations) lane?.submit({ mutation, answer: gather });
      }
    });
  });
  http.listen(0, '127.0.0.1', () => {
    const address = http.address();
    if (typeof address === 'object' && address) console.log(`listening on ${address.port}`);
  });
}

void serve();
