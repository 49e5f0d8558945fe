/**
 * Between the client and the board's state: news become events, effects become calls. It holds the one current state
 * and tells whoever draws it when there is a new one.
 */
import type { ChangeNotice, SyncClient } from '@json-database-sync/client';
import { failureOf } from '../cli-failure.js';
import { newTask, taskMerge } from '../task/task-change.js';
import { taskOf } from '../task/task.js';
import { initialState, type BoardState, type Effect, type Size } from './board-state.js';
import { HIGHLIGHT_MS, reduce, type BoardEvent, type DocumentChange } from './reduce.js';

/** News of one burst are shown together: a first sync brings thousands of documents. */
const BURST_MS = 40;
const PROGRESS_AFTER_MS = 1_000;
const HISTORY_LIMIT = 100;

export interface BoardOptions {
  readonly database: string;
  readonly server: string;
  readonly size: Size;
  readonly online: boolean;
}

export class BoardDriver {
  private state: BoardState;
  private readonly listeners = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  private readonly changed = new Map<string, 'local' | 'remote'>();
  private burst: NodeJS.Timeout | undefined;
  private highlight: NodeJS.Timeout | undefined;
  private receivingSince: number | undefined;
  private quit: () => void = () => undefined;
  /** Settles when the user has asked to quit. */
  readonly ended = new Promise<void>((resolve) => (this.quit = resolve));

  constructor(
    private readonly client: SyncClient,
    options: BoardOptions,
  ) {
    this.state = initialState({
      database: options.database,
      server: options.server,
      size: options.size,
      wantOnline: options.online,
      tasks: client.documents.list({ includeDeleted: true }).map(taskOf),
      status: client.status(),
      conflicts: client.conflicts(),
    });
    this.listen();
    if (options.online) client.connect();
  }

  readonly current = (): BoardState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly dispatch = (event: BoardEvent): void => {
    const { state, effects } = reduce(this.state, event);
    if (state !== this.state) {
      this.state = state;
      for (const listener of this.listeners) listener();
    }
    for (const effect of effects) void this.perform(effect);
  };

  stop(): void {
    for (const each of this.stops.splice(0)) each();
    clearTimeout(this.burst);
    clearTimeout(this.highlight);
    this.quit();
  }

  private listen(): void {
    const { client } = this;
    this.stops.push(
      client.on('change', (notice) => this.noteChange(notice)),
      client.on('connection', ({ state, reason, retryInMs }) => {
        const offline = state === 'offline';
        this.dispatch({
          kind: 'connection',
          reason: offline ? reason : undefined,
          givenUp: offline && retryInMs === undefined,
        });
        this.soon();
      }),
      client.on('conflict', ({ reason }) => {
        this.tell('error', `Change lost: ${reason}`, 's tells more.');
        this.soon();
      }),
      client.on('verified', () => this.soon()),
      client.on('repair', ({ documents }) => {
        this.tell('info', `${documents.length} document(s) differed from the server's and have been put right.`);
        this.soon();
      }),
      client.on('error', (error) => {
        this.tell('error', `${error.code}: ${error.message}`, error.remedy);
        this.soon();
      }),
      client.on('sync', ({ phase, received, total }) => {
        this.noteProgress(phase === 'snapshot' || phase === 'pulling', received, total);
        this.soon();
      }),
    );
  }

  private noteChange({ documents }: ChangeNotice): void {
    for (const { id, origin } of documents) {
      // A change of our own must not hide that someone else's came with it.
      if (this.changed.get(id) !== 'remote') this.changed.set(id, origin);
    }
    this.soon();
  }

  private noteProgress(receiving: boolean, received: number | undefined, total: number | undefined): void {
    if (!receiving || received === undefined) {
      this.receivingSince = undefined;
      if (this.state.progress) this.dispatch({ kind: 'progress', progress: undefined });
      return;
    }
    const now = performance.now();
    this.receivingSince ??= now;
    if (now - this.receivingSince >= PROGRESS_AFTER_MS)
      this.dispatch({ kind: 'progress', progress: { received, total } });
  }

  private soon(): void {
    this.burst ??= setTimeout(() => {
      try {
        this.flush();
      } catch (error) {
        this.tellFailure(error);
      }
    }, BURST_MS);
  }

  private flush(): void {
    this.burst = undefined;
    if (this.changed.size > 0) {
      const changes = [...this.changed].map(([id, origin]): DocumentChange => {
        const document = this.client.documents.get(id, { includeDeleted: true });
        return { id, origin, task: document && taskOf(document) };
      });
      this.changed.clear();
      this.dispatch({ kind: 'documents', changes, now: performance.now() });
      this.reloadHistory(changes);
      this.endHighlightsLater();
    }
    this.refreshStatus();
  }

  private refreshStatus(): void {
    this.dispatch({ kind: 'status', status: this.client.status(), conflicts: this.client.conflicts() });
  }

  private reloadHistory(changes: readonly DocumentChange[]): void {
    const { overlay } = this.state;
    if (overlay?.kind !== 'details' || !changes.some((change) => change.id === overlay.id)) return;
    void this.perform({ kind: 'history', id: overlay.id });
  }

  private endHighlightsLater(): void {
    if (this.state.changed.size === 0) return;
    clearTimeout(this.highlight);
    this.highlight = setTimeout(() => this.dispatch({ kind: 'time', now: performance.now() }), HIGHLIGHT_MS + 1);
  }

  private tell(kind: 'info' | 'error', text: string, remedy?: string): void {
    this.dispatch({ kind: 'notice', notice: { kind, text, ...(remedy === undefined ? {} : { remedy }) } });
  }

  private tellFailure(error: unknown): void {
    const { code, message, remedy } = failureOf(error);
    this.tell('error', `${code}: ${message}`, remedy);
  }

  private async perform(effect: Effect): Promise<void> {
    try {
      await this.call(effect);
    } catch (error) {
      if (effect.kind !== 'history') return this.tellFailure(error);
      const { message, remedy } = failureOf(error);
      this.dispatch({ kind: 'history-failed', id: effect.id, reason: `${message} ${remedy}` });
    }
  }

  private async call(effect: Effect): Promise<void> {
    const { documents } = this.client;
    switch (effect.kind) {
      case 'create': {
        const { id } = await documents.create(newTask(effect.fields));
        this.changed.set(id, 'local');
        this.flush();
        return this.dispatch({ kind: 'select', id });
      }
      case 'update': {
        const document = documents.get(effect.id);
        const change = document && taskMerge(taskOf(document), effect.fields);
        if (!document)
          this.tell('error', 'Someone else has deleted it.', 'It is in the trash: t shows it, u brings it back.');
        if (change) await documents.update(effect.id, change);
        return;
      }
      case 'delete':
        await documents.delete(effect.id);
        return this.tell('info', 'Deleted. It is in the trash: t shows it, u there brings it back.');
      case 'restore':
        await documents.restore(effect.id);
        return this.tell('info', 'Brought back.');
      case 'undo':
      case 'redo': {
        const before = this.client.status().pending;
        await documents[effect.kind](effect.id);
        const changed = this.client.status().pending !== before;
        const done =
          effect.kind === 'undo' ? 'Your last change to it is taken back: Z brings it again.' : 'Brought again.';
        return this.tell('info', changed ? done : 'There is nothing left of it to change.');
      }
      case 'history':
        return this.dispatch({
          kind: 'history',
          id: effect.id,
          records: await documents.history(effect.id, { limit: HISTORY_LIMIT }),
        });
      case 'bring-back':
        await this.client.applyConflict(effect.conflictId);
        return this.tell('info', 'What was lost is brought back, as a new change.');
      case 'dismiss':
        for (const id of effect.conflictIds) this.client.dismissConflict(id);
        return this.soon();
      case 'connect':
        return this.client.connect();
      case 'disconnect':
        return this.client.disconnect();
      case 'quit':
        return this.quit();
    }
  }
}
