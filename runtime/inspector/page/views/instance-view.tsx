/** One instance: living, or as it was after any entry that it was given. */
import { goQuietly } from '../connection/use-place.ts';
import { usePicture } from '../connection/use-feed.ts';
import { useKeys } from '../connection/use-keys.ts';
import { hashOf } from '../model/place.ts';
import { InstancePast } from '../parts/instance-past.tsx';
import { SendEvent } from '../parts/send-event.tsx';
import { LiveActor } from './live-actor.tsx';

type Props = Readonly<{ machine: string; instance: string; at: number | null }>;

export function InstanceView({ machine, instance: key, at }: Props) {
  const node = usePicture(({ welcome }) => welcome?.node ?? null);
  if (node === null) return <p class="muted centred">Waiting for the node…</p>;
  if (at !== null) return <InstancePast machine={machine} instance={key} at={at} />;
  return <InstanceNow machine={machine} instance={key} node={node} />;
}

function InstanceNow({ machine, instance: key, node }: Omit<Props, 'at'> & { node: string }) {
  const actor = `${node}/instance/${machine}/${key}`;
  const stand = usePicture(({ seen }) => seen.get(actor)?.stand ?? null);
  const index = stand?.index ?? null;
  useKeys({
    '[': () => index !== null && goQuietly({ view: 'instance', machine, key, at: index }),
  });
  return (
    <LiveActor
      key={actor}
      actor={actor}
      heading={`${machine}/${key}`}
      toolbar={
        index !== null && (
          <a
            class="button"
            href={hashOf({ view: 'instance', machine, key, at: index })}
            title="Step through its entries ([)"
          >
            ◀ Step back
          </a>
        )
      }
      absent={<SendEvent machine={machine} instance={key} standing={null} />}
    >
      <SendEvent machine={machine} instance={key} standing={stand} />
    </LiveActor>
  );
}
