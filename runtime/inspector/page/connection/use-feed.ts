/** How parts of the page read the feed, ask, and watch. */
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../../question-protocol.ts';
import type { Picture } from '../model/picture.ts';
import type { Feed } from './feed.ts';

export const FeedContext = createContext<Feed | null>(null);

export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (feed === null) throw new Error('this part of the page stands outside of its feed');
  return feed;
}

/** Drawn again only where what is selected is another thing. */
export function usePicture<Selected>(select: (picture: Picture) => Selected): Selected {
  const feed = useFeed();
  const [, drawAgain] = useState(0);
  const selected = select(feed.picture);
  const latest = useRef({ select, selected });
  latest.current = { select, selected };
  useEffect(() => {
    const look = (): void => {
      const { select: selecting, selected: before } = latest.current;
      if (!Object.is(selecting(feed.picture), before)) drawAgain((times) => times + 1);
    };
    // Between the drawing and this there may have been news.
    look();
    return feed.subscribe(look);
  }, [feed]);
  return selected;
}

export type ConnectionNow = Readonly<{
  state: 'connecting' | 'live' | 'lost' | 'unfit';
  reason: string | null;
}>;

export function useConnection(): ConnectionNow {
  const { connection } = useFeed();
  const [snapshot, setSnapshot] = useState(connection.getSnapshot());
  useEffect(() => {
    setSnapshot(connection.getSnapshot());
    const subscription = connection.subscribe(setSnapshot);
    return () => subscription.unsubscribe();
  }, [connection]);
  const { reason } = snapshot.context;
  if (snapshot.matches('lost')) return { state: 'lost', reason };
  if (snapshot.matches('unfit')) return { state: 'unfit', reason };
  return { state: snapshot.matches({ up: 'live' }) ? 'live' : 'connecting', reason };
}

export type Asking<Got> = Readonly<{
  answer: Got | null;
  problem: string | null;
  /** Between 0 and 1, where it takes a while. */
  progress: number | null;
  isAsking: boolean;
}>;

const idle = { answer: null, problem: null, progress: null, isAsking: true };

/** Asks again whenever `what` changes, and when the connection is back. `null` asks nothing. */
export function useAnswer<Got extends Answer>(
  what: string | null,
  ask: (feed: Feed, onProgress: (done: number) => void) => Promise<Got>,
): Asking<Got> {
  const feed = useFeed();
  const isLive = useConnection().state === 'live';
  const [asking, setAsking] = useState<Asking<Got>>(idle);
  useEffect(() => {
    if (what === null || !isLive) return undefined;
    let isWanted = true;
    // What is shown stays until there is something else to show.
    setAsking((before) => ({ ...before, problem: null, progress: null, isAsking: true }));
    const onProgress = (progress: number): void => {
      if (isWanted) setAsking((before) => ({ ...before, progress }));
    };
    ask(feed, onProgress).then(
      (answer) => isWanted && setAsking({ answer, problem: null, progress: null, isAsking: false }),
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        if (isWanted) setAsking({ answer: null, problem, progress: null, isAsking: false });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [feed, what, isLive]);
  return asking;
}
