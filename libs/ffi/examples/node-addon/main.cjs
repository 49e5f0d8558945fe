// The application: opens a client, hands it to an addon that knows nothing of JavaScript, and goes on with its own work.
//   node main.cjs SENSOR_ADDON DATABASE COUNT
const { SyncClient } = require('@json-database-sync/client');
const { attach } = require('@json-database-sync/ffi');

async function main() {
  const [, , addon, database, count] = process.argv;
  const sensor = require(addon);
  const client = await SyncClient.open({ database });
  const engine = attach(client);
  const onThisThread = sensor.start(engine.api, engine.handle, Number(count));
  const mine = await client.documents.create({ title: 'From JavaScript', content: {} });
  const { heard, failure } = await sensor.finished();
  engine.detach();
  const readings = client.documents.find({ where: { celsius: { exists: true } } }).length;
  console.log(JSON.stringify({ onThisThread, heard: heard >= Number(count), failure, readings, mine: mine.title }));
  await client.close();
}

main();
