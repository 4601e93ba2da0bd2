/**
 * One node of the cluster, as a chart: the lifecycle that the cluster agreed on, beside the
 * node's own role in reaching agreement.
 *
 *   hears    wire.*      what other nodes said
 *            disk.*      what our own storage finished
 *            log.*       what is committed has been applied
 *            link.*      a connection to a peer came or went
 *            client.*    what callers want, a batch at a time
 *            operator.*  what whoever runs the process wants
 *   asks for effects (protocol/effects.ts), one list per transition
 *   never    reads a clock, rolls a die, touches a socket or a file
 *
 * The chart decides *when*. The functions in rules/ decide *what* (node-actions.ts names them).
 *
 * A state answers only messages of its own term. What it declines rises to the role, which
 * settles the term first and lets the message try again (Raft §5.1).
 */
import { nodeParts } from './node-actions.ts';
import { wakeUp } from './rules/node-state.ts';

export const nodeMachine = nodeParts.createMachine({
  id: 'node',
  context: ({ input }) => wakeUp(input),
  type: 'parallel',
  states: {
    lifecycle: {
      description: 'What the cluster agreed to do. Changes only when a committed proposal says so.',
      initial: 'Init',
      states: {
        Init: {
          description:
            'The cluster exists and serves reads, but refuses every proposal in its turn.',
          on: {
            'log.applied': [
              { guard: 'saysRunning', target: 'Running' },
              { guard: 'saysStopped', target: 'Stopped' },
              {},
            ],
          },
        },
        Running: {
          description: 'Proposals to every machine are taken.',
          on: { 'log.applied': [{ guard: 'saysStopped', target: 'Stopped' }, {}] },
        },
        Stopped: {
          description: 'Every proposal is refused in its turn until somebody proposes Running.',
          on: { 'log.applied': [{ guard: 'saysRunning', target: 'Running' }, {}] },
        },
      },
    },

    role: {
      initial: 'follower',
      on: {
        'wire.*': [
          { guard: 'isFromTheFuture', target: '.follower', actions: ['adoptTerm', 'hearAgain'] },
          { guard: 'isStale', actions: 'answerStale' },
        ],
        // Answers in our own term that the present role does not wait for: they come late, the
        // election is over or the office left. A refused vote takes nothing away either.
        'wire.preVoteGranted': { guard: 'isOfOurTerm' },
        'wire.preVoteRefused': { guard: 'isOfOurTerm' },
        'wire.voteGranted': { guard: 'isOfOurTerm' },
        'wire.voteRefused': { guard: 'isOfOurTerm' },
        'wire.appendAccepted': { guard: 'isOfOurTerm' },
        'wire.appendRefused': { guard: 'isOfOurTerm' },
        'wire.heartbeatAck': { guard: 'isOfOurTerm' },
        // Proposals handed to a node that does not lead: whoever sent them tries the next leader.
        'wire.forward': { actions: 'declineForward' },
        // How these ended matters to those who wait for them, whatever our role is by now.
        'wire.forwardRefused': { actions: 'passRefusalOn' },
        'wire.readIndexGranted': { actions: 'useReadIndex' },
        'wire.readIndexRefused': { actions: 'readFailed' },
        'wire.readIndexRequest': { actions: 'turnAwayReader' },
        'client.proposes': { actions: 'forward' },
        'client.reads': { actions: 'askForReadIndex' },
        // Only a leader has an office to hand over, and a view of its peers to keep.
        'operator.transfers': {},
        'link.opened': {},
        'link.lost': {},
        'disk.flushed': { actions: 'learnDurable' },
        'disk.failed': { target: '.silent', actions: 'fallSilent' },
      },
      states: {
        follower: {
          description: 'Follows a leader, or waits for one.',
          initial: 'recording',
          on: {
            'wire.append': {
              guard: 'isOfOurTerm',
              target: '.heeding',
              actions: ['heed', 'takeEntries'],
            },
            'wire.heartbeat': {
              guard: 'isOfOurTerm',
              target: '.heeding',
              actions: ['heed', 'takeCommit', 'answerHeartbeat'],
            },
            'wire.commit': {
              guard: 'isOfOurTerm',
              target: '.heeding',
              actions: ['heed', 'takeCommit'],
            },
            'wire.voteRequest': [
              { guard: 'wouldGrant', target: '.voting', actions: 'grantVote' },
              { guard: 'isOfOurTerm', actions: 'refuseVote' },
            ],
            'wire.timeoutNow': {
              guard: 'isOfOurTerm',
              target: 'candidate',
              actions: 'beSummoned',
            },
          },
          states: {
            heeding: {
              description: 'Heard from the leader just now; helps nobody to depose it (§4.2.3).',
              after: { electionTimeoutMin: 'recording' },
              on: {
                'wire.preVoteRequest': { actions: 'refusePreVote' },
                'wire.voteRequest': [
                  // Does not even raise our term, or a node cut off could disturb us (§6.2).
                  { guard: 'isIntrusion' },
                  { guard: 'isOfOurTerm', actions: 'refuseVote' },
                ],
              },
            },
            recording: {
              description: 'Its term is on the way to disk. Until it is there, it cannot vote.',
              always: { guard: 'isPledged', target: 'receptive' },
              // Whoever stood in that term is about to ask; it is too early for the next.
              on: { 'wire.preVoteRequest': { actions: 'refusePreVote' } },
            },
            receptive: {
              description: 'No word from a leader for a while. Any candidate may be the next.',
              entry: 'redrawPatience',
              after: { patienceBeyondMin: '#node.role.preCandidate' },
              on: { 'wire.preVoteRequest': { actions: 'answerPreVote' } },
            },
            voting: {
              description: 'Its vote is on the way to disk, and is said once it is there (§5.2).',
              always: { guard: 'isPledged', target: 'supporting' },
              // The vote may decide this election; helping to open the next would undo it.
              on: { 'wire.preVoteRequest': { actions: 'refusePreVote' } },
            },
            supporting: {
              description: 'Voted just now, and gives the winner time to show itself (§5.2).',
              after: { electionTimeoutMin: 'receptive' },
              on: { 'wire.preVoteRequest': { actions: 'answerPreVote' } },
            },
          },
        },

        preCandidate: {
          description: 'Asks who would vote for it, before it disturbs anybody (§9.6).',
          entry: ['redrawPatience', 'sound'],
          always: { guard: 'wouldWin', target: 'candidate' },
          after: { patience: { target: 'preCandidate', reenter: true } },
          on: {
            'wire.preVoteGranted': { guard: 'isForOurNextTerm', actions: 'countPreVote' },
            'wire.preVoteRequest': { actions: 'answerPreVote' },
            'wire.voteRequest': [
              { guard: 'wouldGrant', target: 'follower.voting', actions: 'grantVote' },
              { guard: 'isOfOurTerm', actions: 'refuseVote' },
            ],
            // Somebody leads in our term after all.
            'wire.append': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            'wire.heartbeat': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            'wire.commit': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            'wire.timeoutNow': {
              guard: 'isOfOurTerm',
              target: 'candidate',
              actions: 'beSummoned',
            },
          },
        },

        candidate: {
          description: 'Stands for election in a new term.',
          initial: 'recording',
          on: {
            'wire.voteGranted': { guard: 'isOfOurTerm', actions: 'countVote' },
            'wire.voteRequest': { guard: 'isOfOurTerm', actions: 'refuseVote' },
            'wire.append': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            'wire.heartbeat': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            'wire.commit': { guard: 'isOfOurTerm', target: 'follower', actions: 'hearAgain' },
            // We stand already.
            'wire.timeoutNow': { guard: 'isOfOurTerm' },
          },
          states: {
            recording: {
              description: 'Its term and its own vote are on the way to disk. Nobody is asked yet.',
              entry: 'stand',
              always: { guard: 'isPledged', target: 'asking' },
              // It could vote for nobody before that is done, nor in a later term any sooner.
              on: { 'wire.preVoteRequest': { actions: 'refusePreVote' } },
            },
            asking: {
              description: 'Has voted for itself, and asked the others to (§5.2).',
              entry: ['redrawPatience', 'ask'],
              always: { guard: 'hasWon', target: '#node.role.leader' },
              after: { patience: 'sounding' },
              on: { 'wire.preVoteRequest': { actions: 'answerPreVote' } },
            },
            sounding: {
              description: 'Has not won in time, but may yet. Who would vote for it anew? (§9.6)',
              entry: ['redrawPatience', 'sound'],
              always: [
                { guard: 'hasWon', target: '#node.role.leader' },
                { guard: 'wouldWin', target: 'recording' },
              ],
              after: { patience: { target: 'sounding', reenter: true } },
              on: {
                'wire.preVoteGranted': { guard: 'isForOurNextTerm', actions: 'countPreVote' },
                'wire.preVoteRequest': { actions: 'answerPreVote' },
              },
            },
          },
        },

        leader: {
          description:
            'Orders what is proposed, copies it to the others and tells what is committed.',
          type: 'parallel',
          entry: ['takeOffice', 'meetPeers'],
          exit: ['turnReadersAway', 'partWithPeers', 'leaveOffice'],
          on: {
            'wire.preVoteRequest': { actions: 'refusePreVote' },
            'wire.voteRequest': [
              { guard: 'isIntrusion' },
              { guard: 'isOfOurTerm', actions: 'refuseVote' },
            ],
            // Election Safety: nobody else leads in our term, so nobody of our term says these.
            'wire.append': { guard: 'isOfOurTerm' },
            'wire.heartbeat': { guard: 'isOfOurTerm' },
            'wire.commit': { guard: 'isOfOurTerm' },
            'wire.timeoutNow': { guard: 'isOfOurTerm' },
            'link.opened': { actions: 'tellPeerOfLink' },
            'link.lost': { actions: 'tellPeerOfLink' },
          },
          states: {
            office: {
              initial: 'fresh',
              on: {
                'disk.flushed': { actions: ['learnDurable', 'learnOwnMatch'] },
                'client.proposes': [
                  { guard: 'isBackedUp', actions: 'refuseOverload' },
                  { actions: 'place' },
                ],
                'wire.forward': [
                  { guard: 'isBackedUp', actions: 'refuseOverload' },
                  { actions: 'place' },
                ],
                'wire.appendAccepted': { guard: 'isOfOurTerm', actions: 'learnMatch' },
                'wire.appendRefused': { guard: 'isOfOurTerm', actions: 'learnRefusal' },
              },
              states: {
                fresh: {
                  description:
                    'Its first entry is not applied yet, so it cannot tell what is current.',
                  on: {
                    'log.applied': [
                      {
                        guard: 'isFirstLeader',
                        target: 'established',
                        actions: ['openReads', 'proposeRunning'],
                      },
                      { guard: 'isNoopApplied', target: 'established', actions: 'openReads' },
                    ],
                  },
                },
                established: {
                  description: 'Leads, knows what is current, and serves.',
                  on: {
                    'operator.transfers': { guard: 'hasHeir', target: 'handingOver' },
                  },
                },
                handingOver: {
                  description:
                    'Takes nothing new until the heir holds everything and stands (§3.10).',
                  entry: ['nameHeir', 'closeReads'],
                  after: {
                    // The heir is dead or too slow: an absent leader would be worse.
                    electionTimeoutMin: {
                      target: 'established',
                      actions: ['stayInOffice', 'openReads'],
                    },
                  },
                  on: {
                    // They wait for the next leader, unplaced.
                    'client.proposes': {},
                    'wire.forward': { actions: 'declineForward' },
                    'operator.transfers': {},
                  },
                  initial: 'catchingUp',
                  states: {
                    catchingUp: {
                      description: 'The heir still lacks entries.',
                      always: { guard: 'isHeirReady', target: 'summoned' },
                    },
                    summoned: {
                      description: 'The heir was told to stand; its higher term will end ours.',
                      entry: 'summonHeir',
                    },
                  },
                },
              },
            },
            pulse: {
              initial: 'beating',
              states: {
                beating: {
                  description: 'Says that it leads, at every heartbeat interval.',
                  entry: 'beat',
                  after: { heartbeatInterval: { target: 'beating', reenter: true } },
                },
              },
            },
            notices: {
              initial: 'told',
              states: {
                told: {
                  description: 'The followers know what is committed, or are about to.',
                  always: { guard: 'owesNotice', target: 'owed' },
                },
                owed: {
                  description: 'More is committed; the next append may tell it in passing.',
                  after: { commitNoticeDelay: { target: 'told', actions: 'tellCommit' } },
                },
              },
            },
            quorum: {
              initial: 'counting',
              states: {
                counting: {
                  description: 'Leads only as long as a majority answers (§6.2).',
                  after: {
                    electionTimeoutMin: [
                      {
                        guard: 'hasHeardMajority',
                        target: 'counting',
                        reenter: true,
                        actions: 'countAnew',
                      },
                      { target: '#node.role.follower' },
                    ],
                  },
                  on: {
                    'wire.appendAccepted': { guard: 'isOfOurTerm', actions: 'noteHeard' },
                    'wire.appendRefused': { guard: 'isOfOurTerm', actions: 'noteHeard' },
                    'wire.heartbeatAck': {
                      guard: 'isOfOurTerm',
                      actions: ['noteHeard', 'tellPeerOfAck'],
                    },
                  },
                },
              },
            },
            reads: {
              initial: 'closed',
              on: {
                'client.reads': { actions: 'takeRead' },
                'wire.readIndexRequest': { actions: 'takeRead' },
                'lead.closesReads': '.closed',
              },
              states: {
                closed: {
                  description: 'Cannot vouch for anything yet, or any more: readers wait.',
                  on: { 'lead.opensReads': 'idle' },
                },
                idle: {
                  description: 'Nobody waits for a confirmation that this is still the leader.',
                  always: { guard: 'haveReaders', target: 'confirming' },
                },
                confirming: {
                  description: 'A round of heartbeats is out; a majority must answer it (§6.4).',
                  entry: 'openRound',
                  always: { guard: 'isConfirmed', target: 'idle', actions: 'release' },
                  on: {
                    'wire.heartbeatAck': { guard: 'isOfOurTerm', actions: 'acknowledge' },
                    'lead.closesReads': { target: 'closed', actions: 'turnReadersAway' },
                  },
                },
              },
            },
          },
        },

        silent: {
          description: 'A flush failed, so nothing it could say is known to be true. Says nothing.',
          on: {
            '*': {},
          },
        },
      },
    },
  },
});
