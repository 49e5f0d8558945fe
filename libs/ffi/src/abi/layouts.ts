/** The structs of the C ABI, member by member, and what C makes of them on the machines that are supported (LP64). */

const SIZE = { size_t: 8, pointer: 8, int32_t: 4, uint32_t: 4, uint64_t: 8 } as const;
type CType = keyof typeof SIZE;

export const STRUCTS = {
  sync_engine_options: {
    struct_size: 'size_t',
    database_path: 'pointer',
    server_url: 'pointer',
    auth_token: 'pointer',
    user_id: 'pointer',
    client_id: 'pointer',
    strategy: 'pointer',
    host_path: 'pointer',
    node_path: 'pointer',
    log_level: 'int32_t',
    callback_mode: 'int32_t',
    start_offline: 'int32_t',
    call_timeout_ms: 'uint32_t',
    max_queued_events: 'uint32_t',
  },
  sync_engine_event: {
    struct_size: 'size_t',
    type: 'int32_t',
    origin: 'int32_t',
    connection: 'int32_t',
    status: 'int32_t',
    missed: 'uint64_t',
    document_id: 'pointer',
    message: 'pointer',
    json: 'pointer',
  },
} as const satisfies Record<string, Record<string, CType>>;

export interface Layout {
  readonly size: number;
  readonly members: Readonly<Record<string, { readonly offset: number; readonly size: number }>>;
}

export function layoutOf(struct: Readonly<Record<string, CType>>): Layout {
  const members: Record<string, { offset: number; size: number }> = {};
  let end = 0;
  let widest = 1;
  for (const [name, type] of Object.entries(struct)) {
    const size = SIZE[type];
    const offset = aligned(end, size);
    members[name] = { offset, size };
    end = offset + size;
    widest = Math.max(widest, size);
  }
  return { size: aligned(end, widest), members };
}

const aligned = (offset: number, to: number): number => Math.ceil(offset / to) * to;
