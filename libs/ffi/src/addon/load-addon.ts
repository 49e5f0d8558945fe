/** The compiled part of the addon, where `npm run ffi:addon` has put it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Carries a call out, and gives its answer to `answer`. */
export type CarryOut = (call: number, operation: number, body: Buffer) => void;

export interface NativeEngine {
  readonly api: unknown;
  readonly handle: unknown;
  answer(call: number, status: number, body: Buffer): void;
  event(type: number, fields: Buffer): void;
  detach(): void;
}

export interface NativeAddon {
  attach(carryOut: CarryOut, threadedCallbacks: boolean): NativeEngine;
}

let loaded: NativeAddon | undefined;

export function loadAddon(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  const path = join(__dirname, '../../build/release/sync_engine.node');
  const found: unknown = createRequire(__filename)(path);
  if (isAddon(found)) return found;
  throw new Error(`${path} is not the addon of this package`);
}

function isAddon(found: unknown): found is NativeAddon {
  return typeof found === 'object' && found !== null && 'attach' in found && typeof found.attach === 'function';
}
