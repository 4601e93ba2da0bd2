/** Puts a node's own actors on the stage: who is there already, who comes, and what each does. */
import type { AnyActorRef, AnyStateMachine, InspectionEvent } from 'xstate';
import { parentOf, type Roster } from './roster.ts';
import type { Subject, Words } from './sights.ts';
import type { Stage } from './stage.ts';

type Parts = Readonly<{
  node: string;
  root: AnyActorRef;
  roster: Roster;
  stage: Stage;
  words: Words;
}>;

/** Until it is called off. */
export function watchActors({ node, root, roster, stage, words }: Parts): () => void {
  const shown = new Map<AnyActorRef, Subject>();

  // Some are named after what they serve, and every node has those.
  const nameOf = ({ id }: AnyActorRef): string =>
    id === node || id.startsWith(`${node}/`) ? id : `${node}/${id}`;

  const show = (actor: AnyActorRef): Subject | null => {
    const known = shown.get(actor);
    if (known !== undefined) return known;
    const parent = parentOf(actor);
    // Parents first, though a child may have begun before its parent did.
    if (parent !== undefined) show(parent);
    const { logic } = actor as { logic?: unknown };
    const subject: Subject = {
      name: nameOf(actor),
      parent: parent === undefined ? null : nameOf(parent),
      machine: isMachine(logic) ? logic : null,
      instance: null,
      stand: () => words.standOf(actor.getSnapshot(), null),
    };
    if (!stage.show(subject)) return null;
    shown.set(actor, subject);
    return subject;
  };

  const saw = (seen: InspectionEvent): void => {
    if (seen.type !== '@xstate.event' && seen.type !== '@xstate.snapshot') return;
    const actor = seen.actorRef as AnyActorRef;
    // Whoever found no room when it began stays away, rather than be seen from the middle on.
    const mayBegin = seen.type === '@xstate.event' && seen.event.type === 'xstate.init';
    const subject = shown.get(actor) ?? (mayBegin ? show(actor) : null);
    if (subject === null) return stage.missed();
    if (seen.type === '@xstate.event') {
      const source = seen.sourceRef as AnyActorRef | undefined;
      return stage.heard(subject, seen.event, source === undefined ? null : nameOf(source));
    }
    stage.moved(subject, seen.event, seen.snapshot);
    if (seen.snapshot.status === 'active') return;
    shown.delete(actor);
    stage.leave(subject);
  };

  for (const actor of roster) show(actor);
  const subscription = root.system.inspect((seen) => {
    try {
      saw(seen);
    } catch {
      // XState would throw it into whoever has just sent an event.
      stage.missed();
    }
  });
  return () => subscription.unsubscribe();
}

const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === 'object' && logic !== null && 'root' in logic && 'config' in logic;
