/** The server in memory keeps what every transport promises, so that the engine's tests on it mean something. */
import { transportSuite } from '../src/transport/transport.suite.js';
import { FakePlatform } from './fake-platform.js';
import { FakeServer } from './fake-server.js';
import { passUntil } from './pass-until.js';

transportSuite('FakeServer', async () => {
  const platform = new FakePlatform();
  const server = new FakeServer(platform);
  const heard: string[] = [];
  server.hooks.text = (text) => {
    heard.push(text);
    return false;
  };
  return {
    transport: server,
    url: 'ws://in.memory/ws',
    heard,
    connected: () => server.connections,
    say: (text) => server.sendRaw(text),
    hangUp: () => server.dropAll(),
    refuse: async () => {
      server.down = true;
    },
    until: (what, probe) => passUntil(platform, what, probe),
    close: async () => server.dropAll(),
  };
});
