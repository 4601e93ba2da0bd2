/** At which step of a trace the page stands, and how to go to another. */
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { TraceLinePicture } from '../../trace/trace-words.ts';
import { useConnection, useFeed, usePicture } from './use-feed.ts';

export type TracePosition = Readonly<{
  name: string;
  steps: number;
  durationMs: number;
  step: number;
  /** What happened at that step; null until it is known. */
  line: TraceLinePicture | null;
  goTo(step: number): void;
}>;

/** Null where the page looks at nodes that run. */
const TraceContext = createContext<TracePosition | null>(null);

export const TraceProvider = TraceContext.Provider;

export const useTrace = (): TracePosition | null => useContext(TraceContext);

/** A page that is loaded again stands where it stood. */
const keyOf = (name: string): string => `quorate-inspector-step of ${name}`;

export function useTracePosition(): TracePosition | null {
  const feed = useFeed();
  const trace = usePicture(({ welcome }) => welcome?.trace);
  const isLive = useConnection().state === 'live';
  const [step, setStep] = useState<number | null>(null);
  const [line, setLine] = useState<TraceLinePicture | null>(null);

  useEffect(() => {
    if (trace === undefined || step !== null) return;
    // Of a run that failed, the end is what people come for.
    const stored = Number(sessionStorage.getItem(keyOf(trace.name)) ?? trace.steps);
    setStep(Math.min(stored, trace.steps));
  }, [trace, step]);

  useEffect(() => {
    if (trace === undefined || step === null || !isLive) return undefined;
    let isWanted = true;
    sessionStorage.setItem(keyOf(trace.name), String(step));
    feed.ask<'seek'>({ type: 'seek', step }).then(
      (sought) => isWanted && setLine(sought.line),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [feed, trace, step, isLive]);

  return useMemo(() => {
    if (trace === undefined || step === null) return null;
    const goTo = (to: number): void => setStep(Math.min(Math.max(0, to), trace.steps));
    return { ...trace, step, line, goTo };
  }, [trace, step, line]);
}
