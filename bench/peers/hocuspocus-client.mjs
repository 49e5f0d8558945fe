/** A bare client of Hocuspocus' protocol, many documents on one connection; Yjs makes the updates. */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding';
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding';
import { WebSocket } from 'ws';
import * as Y from 'yjs';

const SYNC = 0;
const AUTH = 2;
const SYNC_REPLY = 4;
const SYNC_STATUS = 8;
const [TOKEN, STEP_1, STEP_2, UPDATE] = [0, 0, 1, 2];
/** Documents that are asked for at once. */
const AT_ONCE = 200;

export async function open(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const documents = new Map();
  const acknowledged = new Map();
  const arrivals = new Map();
  let heard = () => undefined;
  const send = (name, write) => {
    const encoder = createEncoder();
    writeVarString(encoder, name);
    write(encoder);
    socket.send(toUint8Array(encoder));
  };
  socket.on('message', (data) => {
    const decoder = createDecoder(new Uint8Array(data));
    const name = readVarString(decoder);
    const type = readVarUint(decoder);
    if (type === SYNC_STATUS) acknowledged.get(name)?.shift()?.();
    if (type !== SYNC && type !== SYNC_REPLY) return;
    const step = readVarUint(decoder);
    if (step === STEP_2) arrivals.get(name)?.(readVarUint8Array(decoder));
    if (step === UPDATE) heard();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

  /** Opens a document. @returns its state */
  const load = (name) =>
    new Promise((resolve) => {
      arrivals.set(name, resolve);
      send(name, (encoder) => {
        writeVarUint(encoder, AUTH);
        writeVarUint(encoder, TOKEN);
        writeVarString(encoder, 'anyone');
      });
      send(name, (encoder) => {
        writeVarUint(encoder, SYNC);
        writeVarUint(encoder, STEP_1);
        writeVarUint8Array(encoder, Y.encodeStateVector(new Y.Doc()));
      });
    });
  const edit = (id, change) =>
    new Promise((resolve) => {
      acknowledged.set(id, [...(acknowledged.get(id) ?? []), resolve]);
      const document = documents.get(id);
      document.once('update', (update) =>
        send(id, (encoder) => {
          writeVarUint(encoder, SYNC);
          writeVarUint(encoder, UPDATE);
          writeVarUint8Array(encoder, update);
        }),
      );
      document.transact(() => change(document.getMap('content')));
    });
  return {
    create: async (ids, content) => {
      for (const id of ids) {
        documents.set(id, new Y.Doc());
        await load(id);
        await edit(id, (map) => Object.entries(content).forEach(([key, value]) => map.set(key, value)));
      }
    },
    update: (id) => edit(id, (map) => map.set('counter', (map.get('counter') ?? 0) + 1)),
    subscribe: async (id, onChange) => {
      await load(id);
      heard = onChange;
    },
    pull: async (ids) => {
      let count = 0;
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const states = await Promise.all(ids.slice(at, at + AT_ONCE).map(load));
        for (const state of states) {
          const document = new Y.Doc();
          Y.applyUpdate(document, state);
          if (document.getMap('content').get('text')) count++;
        }
      }
      return count;
    },
  };
}
