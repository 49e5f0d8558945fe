/** A bare client of the streaming dialect: it writes frames and waits for their answers, and keeps nothing. */
import { once } from 'node:events';
import WebSocket from 'ws';

/** What a frame is answered with; its members depend on the type. */
export type Answer = Readonly<Record<string, unknown>> & { readonly type: string };

export class WireClient {
  private readonly waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  private asked = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString('utf8')) as Answer;
      const id = answer['request_id'];
      if (typeof id !== 'string') return;
      this.waiting.get(id)?.resolve(answer);
      this.waiting.delete(id);
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the server has closed the connection'));
    });
  }

  /** Signs in as a user of a server in demo mode, whose personal stream has the user's id. */
  static async open(url: string, userId: string, clientId: string): Promise<WireClient> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    const client = new WireClient(socket);
    await client.ask({
      type: 'authenticate',
      protocol: 2,
      user_id: userId,
      client_id: clientId,
      auth_token: 'demo-token',
      sdk: 'bench',
    });
    return client;
  }

  /** @throws Error where the answer is an error */
  async ask(message: Readonly<Record<string, unknown>>): Promise<Answer> {
    const requestId = String((this.asked += 1));
    const answered = new Promise<Answer>((resolve, reject) => {
      this.waiting.set(requestId, { resolve, reject });
    });
    this.socket.send(JSON.stringify({ ...message, request_id: requestId }));
    const answer = await answered;
    if (answer.type === 'error' || answer.type === 'auth_error') {
      throw new Error(`the server refused "${String(message['type'])}": ${JSON.stringify(answer)}`);
    }
    return answer;
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}
