/**
 * What Prometheus is told. Read from the node when it asks; in between, counting is an integer's
 * increment (tally.ts), and a node that nobody scrapes does not even have a registry.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Tally } from '../gateway/tally.ts';
import type { NodeService, NodeStatus } from '../service.ts';

export type Metrics = Readonly<{ contentType: string; scrape: () => Promise<string> }>;

export function createMetrics(service: NodeService, tally: Readonly<Tally>): Metrics {
  let scrape: (() => Promise<string>) | null = null;
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    scrape: () => (scrape ??= openRegistry(service, tally))(),
  };
}

function openRegistry(service: NodeService, tally: Readonly<Tally>): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refreshNode = nodeGauges(registry);
  const refreshMembers = memberGauges(registry);
  const refreshClients = clientCounters(registry);
  const ready = gauge(
    registry,
    'quorate_ready',
    'Whether the node knows a leader and has caught up',
  );

  return () => {
    const status = service.status();
    refreshNode(status);
    refreshMembers(status);
    refreshClients(tally);
    ready.set(service.notReadyBecause() === null ? 1 : 0);
    return registry.metrics();
  };
}

function nodeGauges(registry: Registry): (status: NodeStatus) => void {
  const info = gauge(registry, 'quorate_info', 'Always 1; who this is', [
    'node',
    'cluster',
    'version',
  ]);
  const role = gauge(registry, 'quorate_role', '1 for the role of the node', ['role']);
  const lifecycle = gauge(registry, 'quorate_lifecycle', '1 for the state of the cluster', [
    'state',
  ]);
  const isLeader = gauge(registry, 'quorate_is_leader', 'Whether the node leads');
  const hasLeader = gauge(registry, 'quorate_has_leader', 'Whether the node knows a leader');
  const term = gauge(registry, 'quorate_term', 'Current term');
  const first = gauge(registry, 'quorate_first_index', 'First index that the log still holds');
  const last = gauge(registry, 'quorate_last_index', 'Last index of the log');
  const commit = gauge(registry, 'quorate_commit_index', 'Last index known to be committed');
  const applied = gauge(registry, 'quorate_applied_index', 'Last index applied to the machines');
  const quarantined = gauge(
    registry,
    'quorate_quarantined',
    'Whether the states of the node are wrong, so that it serves nobody until it is restarted',
  );
  const inFlight = gauge(registry, 'quorate_proposals_in_flight', 'Proposals without an end yet');

  return (status) => {
    info.set({ node: status.node, cluster: status.cluster, version: status.version }, 1);
    role.reset();
    role.set({ role: status.role }, 1);
    lifecycle.reset();
    lifecycle.set({ state: status.lifecycle }, 1);
    isLeader.set(status.role === 'leader' ? 1 : 0);
    hasLeader.set(status.leader === null ? 0 : 1);
    term.set(status.term);
    first.set(status.firstIndex);
    last.set(status.lastIndex);
    commit.set(status.commitIndex);
    applied.set(status.appliedIndex);
    quarantined.set(status.quarantined === null ? 0 : 1);
    inFlight.set(status.proposalsInFlight);
  };
}

function memberGauges(registry: Registry): (status: NodeStatus) => void {
  const reachable = gauge(registry, 'quorate_member_reachable', 'Whether our link to it is open', [
    'member',
  ]);
  const match = gauge(registry, 'quorate_member_match_index', 'What a leader knows it to hold', [
    'member',
  ]);
  return ({ members }) => {
    // Members come and go, and only a leader knows what they hold: yesterday's lines must not stay.
    reachable.reset();
    match.reset();
    for (const { id: member, reachable: isReachable, matchIndex } of members) {
      reachable.set({ member }, isReachable ? 1 : 0);
      if (matchIndex !== null) match.set({ member }, matchIndex);
    }
  };
}

function clientCounters(registry: Registry): (tally: Readonly<Tally>) => void {
  const connections = gauge(registry, 'quorate_client_connections', 'Open client connections');
  const messages = counter(registry, 'quorate_client_messages_total', 'Messages from clients');
  const bad = counter(
    registry,
    'quorate_client_bad_messages_total',
    'Messages from clients that were refused before the node was asked',
  );
  const reads = counter(registry, 'quorate_reads_total', 'Reads asked through this node');
  const states = counter(registry, 'quorate_states_sent_total', 'States sent to subscribers');
  const ended = counter(
    registry,
    'quorate_proposals_ended_total',
    'Proposals made through this node, by how they ended',
    ['end'],
  );
  return (tally) => {
    connections.set(tally.clientConnections);
    for (const each of [messages, bad, reads, states, ended]) each.reset();
    messages.inc(tally.clientMessages);
    bad.inc(tally.badMessages);
    reads.inc(tally.reads);
    states.inc(tally.statesSent);
    ended.inc({ end: 'committed' }, tally.committed);
    ended.inc({ end: 'refused' }, tally.refused);
    ended.inc({ end: 'unknown' }, tally.unknown);
  };
}

const gauge = (registry: Registry, name: string, help: string, labelNames: string[] = []) =>
  new Gauge({ name, help, labelNames, registers: [registry] });

const counter = (registry: Registry, name: string, help: string, labelNames: string[] = []) =>
  new Counter({ name, help, labelNames, registers: [registry] });
