/**
 * One run: a scenario carried out in virtual time, then quiet, then the laws. The same scenario gives the same run, event
 * for event; `digest` says whether two runs were.
 */
import { createHash } from 'node:crypto';
import { DEFAULT_STRATEGY } from '@json-database-sync/domain';
import { SYNC_LIMITS } from '../../libs/client-sdk/src/sync/sync-limits.js';
import type { TransportHandlers } from '../../libs/client-sdk/src/transport/transport.js';
import { Device } from './device.js';
import { checkLaws } from './laws/check-laws.js';
import { Link, type Weather } from './link.js';
import { MemoryDatabase, type Tables } from './memory-database.js';
import type { PlantedFault } from './planted-fault.js';
import { NOBODYS_STREAM, Probe } from './probe.js';
import { Random } from './random.js';
import { bringBack, reconsider } from './second-thoughts.js';
import type { Scenario, Step } from './scenario.js';
import { ServerNode, type DatabaseWeather } from './server-node.js';
import { Life, VirtualTime } from './virtual-time.js';
import { markOf, writeSomething } from './workload.js';
import { Acknowledgements } from './acknowledgements.js';

export const USERS: readonly [string, string] = [
  'a0000000-0000-4000-8000-00000000000a',
  'b0000000-0000-4000-8000-00000000000b',
];
/** Each try to come to rest, and how often it is tried: every wait of the SDK is shorter than all of them. */
const QUIET_MS = 1_200_000;
/** By then every client has held its copy against the server's, and put right what differs. */
const COMPARED_MS = 2 * SYNC_LIMITS.verifyMs;
const MAX_ROUNDS = 6;
const SLOW_SPREAD_MS = 3_000;

export interface RunResult {
  /** What broke a law, each in a line or more; empty where all hold. */
  readonly violations: readonly string[];
  readonly digest: string;
  /** How much happened. */
  readonly events: number;
  readonly written: number;
}

export async function runScenario(scenario: Scenario, planted: PlantedFault | null = null): Promise<RunResult> {
  const simulation = new Simulation(scenario, planted);
  try {
    return await simulation.run();
  } finally {
    simulation.dispose();
  }
}

export class Simulation {
  readonly database: MemoryDatabase;
  readonly devices: readonly Device[];
  readonly acknowledgements = new Acknowledgements();
  /** Mutations that a restored backup has made unheard of. */
  readonly forgiven = new Set<string>();
  readonly violations: string[] = [];
  private readonly time = new VirtualTime();
  private readonly random: Random;
  private readonly nodes: readonly ServerNode[];
  private readonly databaseWeather: DatabaseWeather = { awayUntil: 0, lostAnswers: 0 };
  private readonly outside = new Life(this.time);
  private readonly probes: Probe[] = [];
  private backup: Tables | null = null;
  private calm = false;
  /** The server was restored from a backup. */
  wasSetBack = false;

  constructor(
    private readonly scenario: Scenario,
    planted: PlantedFault | null,
  ) {
    this.random = Random.named(scenario.seed, 'run');
    this.database = new MemoryDatabase(planted);
    USERS.forEach((user, index) => this.database.addStream(user, scenario.strategies[index] ?? DEFAULT_STRATEGY));
    const { time, random, database } = this;
    const broken = (what: string) => void this.violations.push(what);
    const weather = this.databaseWeather;
    const cacheCharacters = scenario.cacheCharacters;
    this.nodes = Array.from(
      { length: scenario.nodes },
      () => new ServerNode({ time, random, database, weather, cacheCharacters, broken }),
    );
    this.devices = scenario.clients.map(
      (user, index) =>
        new Device(`client ${index}`, USERS[user] ?? USERS[0], {
          time,
          random,
          planted,
          broken,
          dial: (device, handlers) => this.dial(device.life, device.weather, device.userId, handlers),
        }),
    );
  }

  async run(): Promise<RunResult> {
    this.devices.forEach((device, index) => {
      this.time.schedule(this.scenario.starts[index] ?? 0, () => device.start());
    });
    for (const step of this.scenario.steps) this.time.schedule(step.at, () => this.take(step));
    const last = Math.max(0, ...this.scenario.steps.map(({ at }) => at), ...this.scenario.starts);
    await this.time.runUntil(() => false, last + 1);
    if (await this.comeToRest()) checkLaws(this);
    for (const probe of this.probes) {
      const told = probe.verdict();
      if (told !== null) this.violations.push(`law 9: a stranger can tell a stream from none: ${told}`);
    }
    return {
      violations: this.violations,
      digest: this.digest(),
      events: this.time.count,
      written: this.devices.reduce((sum, { written }) => sum + written.length, 0),
    };
  }

  dispose(): void {
    for (const node of this.nodes) node.crash();
    for (const device of this.devices) device.dispose();
  }

  /** Faults end, everyone comes back, and in the end nobody has anything left to say. */
  private async comeToRest(): Promise<boolean> {
    this.calm = true;
    this.databaseWeather.awayUntil = 0;
    this.databaseWeather.lostAnswers = 0;
    for (const node of this.nodes) node.restart();
    for (const device of this.devices) {
      device.weather.duplicates = 0;
      device.weather.spreadMs = 40;
      device.start();
    }
    // Once for what is still to be sent, and once more for what the others sent meanwhile; more often where an
    // application was still waiting for an answer to go on with.
    for (let round = 0; round < MAX_ROUNDS && (round < 2 || !this.isEveryoneAtHead()); round++) {
      if (!(await this.areInStep(round === 0 ? 'sent' : 'received'))) return false;
    }
    if (!this.wasSetBack) return true;
    // A log that was set back and has lost its head can be told from the one that a client knew by its documents only.
    await this.time.runUntil(() => false, COMPARED_MS);
    return this.areInStep('compared');
  }

  private async areInStep(round: string): Promise<boolean> {
    for (const device of this.devices) {
      if (await this.isInStep(device)) continue;
      const errors = device.errors.slice(-3).join('; ');
      this.violations.push(`law 3: ${device.name} does not come to rest (${round}); its last errors: ${errors}`);
      return false;
    }
    return true;
  }

  private isEveryoneAtHead(): boolean {
    return this.devices.every(({ store, userId }) => {
      const { cursor } = store.position(store.identity().streamId);
      return cursor === this.database.tables.streams.get(userId)?.lastSequence;
    });
  }

  private async isInStep(device: Device): Promise<boolean> {
    await this.time.runUntil(() => device.client !== null, 10);
    let inStep: boolean | undefined;
    if (device.client?.status().connection === 'offline') device.client.connect();
    device.client?.synced({ timeoutMs: QUIET_MS }).then(
      () => (inStep = true),
      (error: unknown) => {
        device.errors.push(String(error));
        inStep = false;
      },
    );
    await this.time.runUntil(() => inStep !== undefined, QUIET_MS + 1_000);
    return inStep === true;
  }

  // ---- the network

  private dial(from: Life, weather: Weather, userId: string, handlers: TransportHandlers): Link {
    const up = this.nodes.filter(({ isUp }) => isUp);
    const node = up[this.random.below(up.length)] ?? this.nodes[0];
    if (!node) throw new Error('there is no node');
    const link = new Link(this.time, this.random, weather, from, node.life, handlers, {
      frameDown: (text) => this.watchFrame(text, userId),
    });
    if (up.length === 0) {
      link.refused();
      return link;
    }
    node.accept(link);
    link.opened();
    return link;
  }

  /** Law 9, on the wire: nothing that one user wrote is in a frame to another. */
  private watchFrame(text: string, userId: string): void {
    for (const other of USERS) {
      if (other !== userId && text.includes(markOf(other))) {
        this.violations.push(`law 9: a frame to ${userId} holds what ${other} wrote: ${text.slice(0, 300)}`);
      }
    }
    const problem = this.acknowledgements.note(text);
    if (problem !== null) this.violations.push(problem);
  }

  // ---- the steps

  private take(step: Step): void {
    if (this.calm) return;
    const device = this.devices[step.who % this.devices.length];
    const node = this.nodes[step.who % this.nodes.length];
    if (device && node) this.carryOut(step, device, node);
  }

  private carryOut(step: Step, device: Device, node: ServerNode): void {
    const { ms, seed } = step;
    switch (step.kind) {
      case 'write':
        return writeSomething(device, seed);
      case 'reconsider':
        return reconsider(device, seed);
      case 'bring-back':
        return bringBack(device, seed);
      case 'disconnect':
        return device.client?.disconnect();
      case 'connect':
        return device.client?.connect();
      case 'cut':
        return device.link?.cut();
      case 'deaf':
        return device.link?.goDeaf(new Random(seed).pick(['up', 'down', 'both']));
      case 'stall':
        return device.link?.stall(ms);
      case 'clog':
        return device.link?.clog(ms);
      case 'duplicate':
        device.weather.duplicates += 1 + (seed % 5);
        return;
      case 'slow-network':
        device.weather.spreadMs = SLOW_SPREAD_MS;
        this.later(ms, () => (device.weather.spreadMs = 40));
        return;
      case 'kill-client':
        device.crash();
        return this.later(ms, () => device.start());
      case 'kill-node':
        node.crash();
        return this.later(ms, () => node.restart());
      case 'client-clock':
        device.skewMs = ms;
        return;
      case 'node-clock':
        node.skewMs = ms;
        return;
      case 'probe':
        return this.probe(device.userId);
      case 'database-away':
      case 'lost-answer':
      case 'retention':
      case 'backup':
      case 'roll-back':
        return this.disturbDatabase(step);
    }
  }

  private disturbDatabase({ kind, ms, seed }: Step): void {
    if (kind === 'database-away') this.databaseWeather.awayUntil = this.time.now + ms;
    else if (kind === 'lost-answer') this.databaseWeather.lostAnswers += 1 + (seed % 2);
    else if (kind === 'backup') this.backup = this.database.backup();
    else if (kind === 'roll-back') this.rollBack();
    else {
      for (const stream of this.database.tables.streams.values()) {
        stream.floor = Math.max(stream.floor, stream.lastSequence - (seed % 6));
      }
    }
  }

  /** The server is restored from its backup: all of its processes start anew, and what came later is unheard of. */
  private rollBack(): void {
    if (!this.backup) return;
    for (const node of this.nodes) node.crash();
    const kept = this.backup.mutations;
    for (const [key, row] of this.database.tables.mutations) {
      if (!kept.has(key)) this.forgiven.add(String(row['mutation_id']));
    }
    this.wasSetBack = true;
    this.acknowledgements.forgetAll();
    this.database.restore(this.backup);
    for (const node of this.nodes) node.restart();
  }

  private probe(asker: string): void {
    const other = USERS.find((user) => user !== asker) ?? USERS[0];
    const probe = new Probe(asker, [other, NOBODYS_STREAM]);
    this.probes.push(probe);
    const weather = { duplicates: 0, latencyMs: () => 5 };
    probe.begin((handlers) => this.dial(this.outside, weather, asker, handlers));
  }

  private later(delayMs: number, run: () => void): void {
    this.time.schedule(delayMs, () => {
      if (!this.calm) run();
    });
  }

  private digest(): string {
    const hash = createHash('sha256');
    hash.update(`${this.time.count} ${this.time.now} ${JSON.stringify([...this.database.tables.events])}`);
    for (const { store } of this.devices) hash.update(JSON.stringify(store.documents.list({ includeDeleted: true })));
    return hash.digest('hex');
  }
}
