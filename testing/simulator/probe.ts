/**
 * Law 9 from outside: a user asks a node for another's stream, in every way that there is, and for one that does not exist.
 * But for the ids in them the answers must be the same.
 */
import type { TransportHandlers } from '../../libs/client-sdk/src/transport/transport.js';
import type { Link } from './link.js';
import { tokenOf } from './server-node.js';
import { DOCUMENT_IDS } from './workload.js';

export const NOBODYS_STREAM = '99999999-0000-4000-8000-000000000009';
const PROBE_CLIENT = '77777777-0000-4000-8000-000000000007';

export class Probe {
  private readonly answers: string[] = [];
  private link: Link | null = null;

  constructor(
    private readonly asker: string,
    private readonly streams: readonly [string, string],
  ) {}

  begin(dial: (handlers: TransportHandlers) => Link): void {
    this.link = dial({
      opened: () => this.ask(),
      received: (text) => void this.answers.push(text),
      closed: () => undefined,
    });
  }

  private ask(): void {
    const send = (message: object) => this.link?.send(JSON.stringify(message));
    const auth_token = tokenOf(this.asker);
    send({ type: 'authenticate', protocol: 2, client_id: PROBE_CLIENT, auth_token, user_id: this.asker });
    for (const stream_id of this.streams) {
      const request_id = `about ${stream_id}`;
      const document_id = DOCUMENT_IDS[0];
      const mutation_id = PROBE_CLIENT;
      send({ request_id, type: 'subscribe', stream_ids: [stream_id] });
      send({ request_id, type: 'get_changes_since', stream_id, last_sequence: 0 });
      send({ request_id, type: 'get_snapshot', stream_id });
      send({ request_id, type: 'get_history', stream_id, document_id });
      send({ request_id, type: 'ack_changes', stream_id, up_to_sequence: 1 });
      const mutation = { mutation_id, stream_id, document_id, kind: 'delete', base_version: 1 };
      send({ request_id, type: 'mutate', mutations: [mutation] });
    }
  }

  /** @returns what was told apart; null where nothing was */
  verdict(): string | null {
    const [theirs, nobodys] = this.streams.map((id) =>
      this.answers.filter((text) => text.includes(`about ${id}`)).map((text) => text.replaceAll(id, '?')),
    );
    // The connection may have been lost midway, the database away for one of them: what else was answered has to agree.
    for (const [index, answer] of (nobodys ?? []).entries()) {
      if ([answer, theirs?.[index]].some((text) => text?.includes('"server_error"'))) continue;
      if (theirs?.[index] !== answer) return `${String(theirs?.[index])} is not ${answer}`;
    }
    return null;
  }
}
