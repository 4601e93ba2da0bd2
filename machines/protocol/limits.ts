/**
 * Every limit of the system, with its unit last, checked against each other on import.
 * What an outsider can run into is also shown by `status`.
 */
import { invariant } from './invariant.ts';

export const limits = {
  // Elections (Raft §5.6: broadcast time ≪ election timeout ≪ time between failures).
  heartbeatIntervalMs: 100,
  electionTimeoutMsMin: 500,
  electionTimeoutMsMax: 1_000,
  /** What a candidate adds to its patience for the disks of the voters, at most. */
  recordingMsMax: 5_000,
  /** How long the news of a commit waits for an append to travel with. */
  commitNoticeDelayMs: 5,
  /** How long a proposal or read waits for some leader before it is refused. */
  leaderlessPatienceMs: 3_000,

  // Replication.
  appendEntriesMax: 1_024,
  appendBytesMax: 1024 * 1024,
  /** Append messages to one follower that may be unanswered at once. */
  appendsInFlightMax: 32,
  /** Entries of a leader's log that no majority holds yet. */
  uncommittedEntriesMax: 65_536,

  // Proposals.
  proposalsInFlightMax: 16_384,
  /** What the proposals in flight on one node may take together. */
  proposalBytesInFlightMax: 64 * 1024 * 1024,
  proposalTimeoutMsDefault: 5_000,
  proposalTimeoutMsMax: 60_000,
  /** A proposal id is remembered for this many later proposals … */
  proposalWindowCount: 100_000,
  /** … and for this long in the cluster's own time, whichever ends first. */
  proposalWindowMs: 15 * 60 * 1000,

  // Names and sizes.
  eventBytesMax: 256 * 1024,
  machineNameCharsMax: 64,
  keyCharsMax: 512,
  nodeIdCharsMax: 64,
  requestIdCharsMax: 128,
  /** Reads that wait on one node until they are linearizable. */
  readsWaitingMax: 16_384,
  /** Log entries of one stored batch, and of one message to a peer. */
  entryBytesMax: 512 * 1024,
  frameBytesMax: 8 * 1024 * 1024,
  clientFrameBytesMax: 1024 * 1024,
  messagesPerFrameMax: 1_024,
  eventTypeCharsMax: 256,
  /** Objects and arrays within each other, in an event or an input. */
  eventDepthMax: 64,

  // Connections.
  clientConnectionsMax: 8_192,
  handshakesPendingMax: 256,
  handshakeTimeoutMs: 5_000,
  /** What may wait unsent for one slow connection before it is dropped. */
  clientBacklogBytesMax: 8 * 1024 * 1024,
  peerBacklogBytesMax: 64 * 1024 * 1024,
  subscriptionsPerConnectionMax: 1_024,
  /** Unsent bytes at which a connection's subscriptions pause; they catch up from history. */
  subscriptionBacklogBytesMax: 512 * 1024,
  /** Messages in a row that were not understood before a client is sent away. */
  badMessagesInARowMax: 10_000,
  /** A client that has sent nothing, not even a pong, for this long is gone. */
  clientSilenceMsMax: 60_000,
  /** Applied events that are kept so that a subscriber can resume without a gap. */
  historyEventsMax: 16_384,
  /** … as long as they and the states behind them take no more than about this much memory. */
  historyBytesMax: 64 * 1024 * 1024,

  // Links between nodes.
  /** From one dialing to the next: doubled after each failure, from the first to the second. */
  peerBackOffMsMin: 100,
  peerBackOffMsMax: 2_000,
  /** After a handshake that only an operator can put right. */
  peerRefusedBackOffMs: 5_000,
  /** For the upgrade, and then again for the answer to our greeting. */
  peerDialPatienceMs: 2_000,
  /** An upgrade that takes longer may be stuck, and is begun anew if the peer turns out to be up. */
  peerDialUsualMs: 300,
  /** Quiet for so long, a peer is asked twice for a sign of life, with this patience each time. */
  peerPingIntervalMs: 500,
  peerPingPatienceMs: 750,
  /** A connection from a peer that has carried nothing for so long is given up. */
  peerSilenceMsMax: 5_000,
  peerHandshakesPendingMax: 32,
  peerHelloBytesMax: 256 * 1024,
  clusterNameCharsMax: 64,
  fingerprintCharsMax: 128,
  /** What a node that refuses another says of where their machines differ, at most. */
  definitionPartsCharsMax: 64 * 1024,
  proposalIdCharsMax: 64,
  refusalMessageCharsMax: 1_024,

  // Comparing states between nodes.
  /** What all states come to is taken at every so many entries … */
  checkpointEntries: 64,
  /** … and at every so much time, in the cluster's own; likewise where nothing happens for so long. */
  checkpointMs: 1_000,
  /** How many checkpoints are remembered, of each node. */
  checkpointsKeptMax: 1_024,
  /** Those of one message. */
  checkpointsToldMax: 64,
  /** A node tells its latest checkpoint again so often, since any message may be lost. */
  checkpointAgainMs: 5_000,
  /** How long a node that differs from others waits for the rest to say who is right. */
  dissentPatienceMs: 5_000,
  /** How long a node that is asked for its states has to answer, before another is asked. */
  inquiryPatienceMs: 1_000,
  /** Of each kind of question, until a diverged node leaves it at what it knows. */
  inquiryAttemptsMax: 10,
  /** Lines of one answer, and what the states behind them may take. */
  inquiryLinesMax: 1_024,
  inquiryBytesMax: 4 * 1024 * 1024,
  /** A larger state is not shown to another node. */
  stateTextCharsMax: 512 * 1024,

  // User charts.
  /** How often a leader tells the log the time while any deadline is pending. */
  tickIntervalMs: 1_000,
  microstepsPerEventMax: 1_000,

  // Inspecting.
  viewersMax: 32,
  /** Connections of peers, who relay what we say of ourselves to their own viewers. */
  viewingPeersMax: 32,
  /** Actors, instances and nodes' proposals that one viewer may watch at once. */
  watchesPerViewerMax: 64,
  viewerFrameBytesMax: 512 * 1024,
  /** Questions of one viewer that are not answered yet. */
  questionsPerViewerMax: 64,
  /** Unsent bytes at which a viewer misses what can be left out … */
  viewerBacklogBytesMax: 1024 * 1024,
  /** … at which it is sent away; and how long it may stay behind. */
  viewerBacklogBytesHardMax: 8 * 1024 * 1024,
  viewerBehindMsMax: 10_000,
  clusterPictureIntervalMs: 200,
  proposalsPictureIntervalMs: 250,
  proposalsListedMax: 40,
  /** Steps of one watched actor that are told in full: so many at once, and so many a second. */
  stepsToldAtOnceMax: 32,
  stepsToldPerSecondMax: 20,
  /** What is shown of one context, event or the like. */
  shownBytesMax: 16 * 1024,
  shownDepthMax: 8,
  shownItemsMax: 64,
  shownTextCharsMax: 2_000,
  /** Other than proposals and instances, of one node. */
  actorsListedMax: 512,
  instancesListedMax: 200,
  entriesListedMax: 200,
  /** Messages between nodes that each of them remembers while somebody looks. */
  messagesRememberedMax: 8_192,
  /** A replay for a viewer holds up its node for no longer at a time. */
  replaySliceMs: 4,
  /** Of an instance that was replayed, the last steps are kept for a while. */
  replayedStepsKeptMax: 1_024,
  replayKeptMs: 60_000,
  relayQuestionPatienceMs: 30_000,

  // Stopping.
  shutdownMs: 4_000,
  /** What clients and requests get of it to take their leave. */
  doorShutdownMs: 1_000,
} as const;

// Three heartbeats may be lost before anyone loses patience.
invariant(
  limits.electionTimeoutMsMin > 3 * limits.heartbeatIntervalMs,
  'patience outlasts three heartbeats',
);
invariant(limits.electionTimeoutMsMax >= 2 * limits.electionTimeoutMsMin, 'rivals can draw apart');
invariant(
  limits.entryBytesMax >= 2 * limits.eventBytesMax,
  'an event and its envelope fit an entry',
);
invariant(
  limits.frameBytesMax >= 2 * (limits.appendBytesMax + limits.entryBytesMax),
  'the largest append fits a frame',
);
// A whole window, and its envelopes, may wait for a slow link without being taken for a dead one.
invariant(
  2 * limits.appendsInFlightMax * limits.appendBytesMax <= limits.peerBacklogBytesMax,
  'a full window fits the backlog of a link',
);
invariant(
  limits.clientFrameBytesMax >= 2 * limits.eventBytesMax,
  'the largest event fits a client frame',
);
invariant(
  limits.clientBacklogBytesMax >= 4 * limits.subscriptionBacklogBytesMax,
  'paused subscriptions leave room for answers',
);
invariant(limits.doorShutdownMs < limits.shutdownMs, 'the doors close before time is up');
invariant(
  limits.peerPingIntervalMs + 2 * limits.peerPingPatienceMs <= 2_000,
  'a peer that fell silent is noticed within two seconds',
);
invariant(
  limits.peerSilenceMsMax > 2 * limits.peerPingIntervalMs,
  'a peer that pings is never taken for silent',
);
invariant(
  limits.viewerFrameBytesMax >= 2 * limits.eventBytesMax,
  'the largest event fits a frame of a viewer',
);
invariant(
  limits.viewerBacklogBytesHardMax >= 4 * limits.viewerBacklogBytesMax,
  'a viewer that misses something has room for answers',
);
