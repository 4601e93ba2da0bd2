/** What the compiler lets callers say. The checker runs on this file; the assertions are in the types. */
import { useSelector } from '@xstate/react';
import { expectTypeOf, test } from 'vitest';
import {
  createActor,
  setup,
  toPromise,
  waitFor,
  type AnyActorRef,
  type SnapshotFrom,
} from 'xstate';
import type { Cluster } from '../../runtime/client/cluster.ts';
import { fromCluster } from '../../runtime/client/from-cluster.ts';
import type { ReplicatedActor } from '../../runtime/client/replicated-actor.ts';
import { order } from './order.ts';

type Context = { cents: number; by: string };
type Emitted = { type: 'paid'; cents: number } | { type: 'shipped' };

/** Never run: only its types are looked at. */
const inTypesAlone = (calls: () => unknown): string => typeof calls;
declare const cluster: Cluster;
declare const actor: ReplicatedActor<typeof order>;

test('send and propose take the events of the machine, and no others', () => {
  inTypesAlone(() => {
    actor.send({ type: 'PAY', cents: 5 });
    void actor.propose({ type: 'SHIP' }, { timeoutMs: 5, input: { by: 'ann' } });
    // @ts-expect-error a field is missing
    actor.send({ type: 'PAY' });
    // @ts-expect-error a field is of another type
    actor.send({ type: 'PAY', cents: '5' });
    // @ts-expect-error there is no such event
    actor.send({ type: 'DANCE' });
    // @ts-expect-error nor is a name alone one
    actor.send('SHIP');
    // @ts-expect-error there is no such event
    void actor.propose({ type: 'DANCE' });
    // @ts-expect-error a field is missing
    void actor.propose({ type: 'PAY' });
    // @ts-expect-error the input is the machine's
    void actor.propose({ type: 'SHIP' }, { input: { by: 5 } });
    // @ts-expect-error the input is the machine's
    cluster.actor(order, '42', { input: { from: 'ann' } });
    // @ts-expect-error there is no state of that name
    actor.getSnapshot().matches('lost');
    // @ts-expect-error there is no tag of that name
    actor.getSnapshot().hasTag('lost');
  });
});

test('snapshots carry the context of the machine', () => {
  inTypesAlone(async () => {
    const found = cluster.actor(order, '42');
    expectTypeOf(found).toEqualTypeOf<ReplicatedActor<typeof order>>();

    const snapshot = found.getSnapshot();
    expectTypeOf(snapshot.context).toEqualTypeOf<Context | undefined>();
    // @ts-expect-error it may be blank
    void snapshot.context.cents;
    if (snapshot.context !== undefined) {
      expectTypeOf(snapshot.context).toEqualTypeOf<Context>();
      expectTypeOf(snapshot).toEqualTypeOf<SnapshotFrom<typeof order>>();
    }
    expectTypeOf(snapshot.matches('paid')).toEqualTypeOf<boolean>();

    found.subscribe((next) => expectTypeOf(next.context).toEqualTypeOf<Context>());
    found.subscribe({ next: ({ context }) => expectTypeOf(context).toEqualTypeOf<Context>() });

    const known = await found.ready();
    expectTypeOf(known.getSnapshot()).toEqualTypeOf<SnapshotFrom<typeof order>>();

    const answer = await found.propose({ type: 'SHIP' });
    expectTypeOf(answer.snapshot).toEqualTypeOf<SnapshotFrom<typeof order> | null>();
    expectTypeOf(answer.emitted).toEqualTypeOf<readonly Emitted[]>();
    expectTypeOf(answer.accepted).toEqualTypeOf<boolean>();

    const read = await found.read();
    if (read.exists) expectTypeOf(read.snapshot.context).toEqualTypeOf<Context>();
    else expectTypeOf(read.snapshot).toEqualTypeOf<null>();
  });
});

test('emitted events are those of the machine', () => {
  inTypesAlone(() => {
    actor.on('paid', ({ cents }) => expectTypeOf(cents).toEqualTypeOf<number>());
    actor.on('*', (event) => expectTypeOf(event).toExtend<Emitted>());
    // @ts-expect-error it emits no such event
    actor.on('danced', () => {});
  });
});

test('an actor by name has the types that it is given', () => {
  inTypesAlone(() => {
    const named = cluster.actor<typeof order>('order', '42');
    named.send({ type: 'PAY', cents: 5 });
    // @ts-expect-error there is no such event
    named.send({ type: 'DANCE' });
    const snapshot = named.getSnapshot();
    expectTypeOf(snapshot.context).toEqualTypeOf<Context | undefined>();
    expectTypeOf(snapshot.matches('paid')).toEqualTypeOf<boolean>();
    // @ts-expect-error that takes the machine
    void snapshot.hasTag('open');

    const untyped = cluster.actor('order', '42');
    untyped.send({ type: 'ANYTHING', at: 'all' });
  });
});

test('what takes actor references takes one', () => {
  inTypesAlone(async () => {
    expectTypeOf(actor).toExtend<AnyActorRef>();

    const cents = useSelector(actor, ({ context }) => context?.cents ?? 0);
    expectTypeOf(cents).toEqualTypeOf<number>();
    const known = await actor.ready();
    expectTypeOf(useSelector(known, ({ context }) => context.cents)).toEqualTypeOf<number>();

    const paid = await waitFor(known, (snapshot) => snapshot.matches('paid'));
    expectTypeOf(paid.context).toEqualTypeOf<Context>();
    await waitFor(actor, (snapshot) => snapshot.matches('paid'));

    expectTypeOf(await toPromise(actor)).toEqualTypeOf<{ cents: number }>();
    expectTypeOf(await toPromise(known)).toEqualTypeOf<{ cents: number }>();
  });
});

test('another machine may invoke one', () => {
  inTypesAlone(() => {
    const shop = setup({
      types: { context: {} as { seen: number } },
      actors: {
        order: fromCluster(cluster, order, ({ input }: { input: { id: string } }) => input.id),
        fixed: fromCluster(cluster, order, '42'),
      },
    }).createMachine({
      context: { seen: 0 },
      invoke: [
        {
          src: 'order',
          input: { id: '7' },
          onDone: {
            guard: ({ event }) => {
              expectTypeOf(event.output).toEqualTypeOf<{ cents: number }>();
              return true;
            },
          },
          onSnapshot: {
            guard: ({ event }) => {
              expectTypeOf(event.snapshot.context).toEqualTypeOf<Context | undefined>();
              return event.snapshot.matches('paid');
            },
          },
        },
        { src: 'fixed' },
      ],
    });
    createActor(shop).start();
    setup({ actors: { order: fromCluster(cluster, order, '42') } }).createMachine({
      // @ts-expect-error there is no such actor
      invoke: { src: 'bill' },
    });
  });
});
