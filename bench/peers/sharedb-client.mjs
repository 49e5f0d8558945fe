/** A bare client of ShareDB's protocol: as little work a message as can be. */
import { WebSocket } from 'ws';

const COLLECTION = 'documents';
const JSON0 = 'http://sharejs.org/types/JSONv0';
/** Documents that are asked for, or created, at once. */
const AT_ONCE = 200;

export async function open(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const acknowledged = [];
  const versions = new Map();
  const updates = new Map();
  let answered = () => undefined;
  let heard = () => undefined;
  let seq = 1;
  const send = (message) => socket.send(JSON.stringify({ c: COLLECTION, ...message }));
  const ask = (message) =>
    new Promise((resolve) => {
      answered = resolve;
      send(message);
    });
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.error) throw new Error(`ShareDB: ${JSON.stringify(message.error)}`);
    if (message.a !== 'op') answered(message);
    // An operation of somebody else says what it does; the acknowledgment of our own does not.
    else if (message.op) heard();
    else acknowledged.shift()?.();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const shaken = new Promise((resolve) => (answered = (message) => message.a === 'hs' && resolve()));
  socket.send(JSON.stringify({ a: 'hs', id: null, protocol: 1, protocolMinor: 2 }));
  await shaken;

  const submit = (id, version, change) =>
    new Promise((resolve) => {
      versions.set(id, version + 1);
      acknowledged.push(resolve);
      send({ a: 'op', d: id, v: version, seq: seq++, x: {}, ...change });
    });
  return {
    /** Documents of this content, in whatever way this peer does it. */
    create: async (ids, content) => {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const part = ids.slice(at, at + AT_ONCE);
        await Promise.all(part.map((id) => submit(id, 0, { create: { type: JSON0, data: content } })));
      }
    },
    /** One field. Resolves when it is acknowledged. */
    update: (id) => {
      // One after the other, as ShareDB's own client sends the operations of a document.
      const { last = Promise.resolve(), counter = 0 } = updates.get(id) ?? {};
      const change = { op: [{ p: ['counter'], od: counter, oi: counter + 1 }] };
      const done = last.then(() => submit(id, versions.get(id), change));
      updates.set(id, { last: done, counter: counter + 1 });
      return done;
    },
    /** Calls for every change by others from now on. */
    subscribe: async (id, onChange) => {
      await ask({ a: 's', d: id });
      heard = onChange;
    },
    /** Resolves when all of them are here. */
    pull: async (ids) => {
      let count = 0;
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const { data } = await ask({ a: 'bf', b: ids.slice(at, at + AT_ONCE) });
        count += Object.values(data).filter(({ data: content }) => content.text).length;
      }
      return count;
    },
  };
}
