/**
 * Gives native code in this process the C ABI on a client of the SDK. The calls come from threads of that code, are carried
 * out here by the same operations as in the host, and wait there for the answer.
 */
import type { SyncClient } from '@json-database-sync/client';
import { AssertionFailure } from '@json-database-sync/domain';
import { OPERATION } from '../abi/wire.js';
import { STATUS } from '../abi/status-codes.js';
import { Arguments } from '../host/arguments.js';
import { EngineEvents } from '../host/engine-events.js';
import { failureOf } from '../host/failure.js';
import { decodeFields, encodeFields } from '../host/frame.js';
import { operationOf } from '../host/operations.js';
import { loadAddon, type NativeEngine } from './load-addon.js';

export interface AttachOptions {
  /** Whether callbacks come on a thread of the engine's own, or (the default) in `sync_engine_process_events`. */
  readonly threadedCallbacks?: boolean;
}

/** What is handed to another addon: `api` as `Napi::External<sync_engine_api>`, `handle` as `Napi::External<void>`. */
export interface AttachedClient {
  readonly api: unknown;
  readonly handle: unknown;
  /** Ends the engine: calls that wait fail with `client_closed`, no callback comes any more. The client stays open. */
  detach(): void;
}

/**
 * @param client stays the caller's, who closes it after `detach`
 * @throws Error where the addon was not built for this machine (`npm run ffi:addon`)
 */
export function attach(client: SyncClient, options: AttachOptions = {}): AttachedClient {
  const engine: { native?: NativeEngine } = {};
  const native = (): NativeEngine => {
    if (!engine.native) throw new AssertionFailure('a call before there is an engine');
    return engine.native;
  };
  const events = new EngineEvents(client, (type, fields) => native().event(type, encodeFields(fields)));
  const carryOut = async (operation: number, body: Buffer): Promise<string> => {
    const given = new Arguments(decodeFields(body));
    if (operation === OPERATION.listen) {
      events.listen(given.integer(0));
      return '';
    }
    const known = operationOf(operation);
    if (!known) throw new AssertionFailure(`there is no operation ${operation}`);
    return known(client, given);
  };
  engine.native = loadAddon().attach((call, operation, body) => {
    carryOut(operation, body).then(
      (result) => native().answer(call, STATUS.ok, Buffer.from(result)),
      (error: unknown) => {
        const { status, fields } = failureOf(error);
        native().answer(call, status, encodeFields(fields));
      },
    );
  }, options.threadedCallbacks ?? false);
  const { api, handle } = engine.native;
  return {
    api,
    handle,
    detach: () => {
      events.listen(0);
      native().detach();
    },
  };
}
