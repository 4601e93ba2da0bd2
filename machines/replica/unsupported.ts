/**
 * What a replicated chart cannot ask for, and what to do instead. The same words serve the
 * check at the start and the step that finds it only when it happens.
 */
type Unsupported = Readonly<{
  /** What comes behind "it": "spawns an actor". */
  what: string;
  /** A sentence of its own. */
  remedy: string;
}>;

const actors: Pick<Unsupported, 'remedy'> = {
  remedy: 'Make the other machine an instance of its own and send it events as a client.',
};

const builtins = new Map<string, Unsupported>([
  ['xstate.spawnChild', { what: 'spawns an actor', ...actors }],
  ['xstate.stopChild', { what: 'stops an actor', ...actors }],
  ['xstate.sendTo', { what: 'sends an event to another actor', ...actors }],
  [
    'xstate.raise',
    {
      what: 'raises an event after a delay',
      remedy: 'Raise it without a delay, or let a client send it when it is time.',
    },
  ],
  [
    'xstate.cancel',
    {
      what: 'cancels a delayed event',
      remedy: 'Take the action out: there are no delayed events to cancel.',
    },
  ],
]);

/** An action that must not happen, by its type as XState gives it. */
export const forbiddenAction = (type: string): Unsupported =>
  builtins.get(type) ?? {
    what: `runs the custom action "${type}"`,
    remedy:
      'It would run on every node, and again after a restart. ' +
      'Use assign, raise, emit, log or enqueueActions, and act outside on what the machine emits.',
  };

/** Parts of a state's configuration. */
export const forbiddenParts: ReadonlyMap<string, Unsupported> = new Map([
  [
    'after',
    {
      what: 'has delayed transitions (`after`)',
      remedy: 'Give it an ordinary event instead, and let a client send that when it is time.',
    },
  ],
  [
    'invoke',
    {
      what: 'invokes an actor (`invoke`)',
      remedy: 'Let a client do the work and send the result as an event.',
    },
  ],
  [
    'route',
    {
      what: 'can be entered by `xstate.route`, which nobody may send',
      remedy: 'Give it an ordinary event instead.',
    },
  ],
]);
