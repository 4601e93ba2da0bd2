/** The frame around every view: where the reader is, and how the page stands with its node. */
import { useEffect, useState } from 'preact/hooks';
import { useConnection, useFeed, usePicture } from '../connection/use-feed.ts';
import { usePlace } from '../connection/use-place.ts';
import { hashOf, type Place } from '../model/place.ts';
import { number } from '../model/words.ts';
import { TraceProvider, useTrace, useTracePosition } from '../connection/use-trace.ts';
import { TraceBar } from '../parts/trace-bar.tsx';
import { ChartsView } from './charts-view.tsx';
import { ClusterView } from './cluster-view.tsx';
import { InstancesView } from './instances-view.tsx';
import { InstanceView } from './instance-view.tsx';
import { LogView } from './log-view.tsx';
import { ProposalsView } from './proposals-view.tsx';
import { TraceView } from './trace-view.tsx';

export function Shell() {
  const place = usePlace();
  const welcome = usePicture((picture) => picture.welcome);
  const trace = useTracePosition();
  useEffect(() => {
    document.title =
      welcome === null ? 'Quorate inspector' : `${welcome.cluster} – Quorate inspector`;
  }, [welcome]);
  return (
    <TraceProvider value={trace}>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="top">
        <h1>
          <img src={icon} alt="" width={22} height={22} /> Quorate
        </h1>
        {welcome !== null && <span class="muted">{welcome.cluster}</span>}
        <nav aria-label="Views">
          <ul class="tabs">
            {(welcome?.source === 'trace' ? traceTabs : tabs).map(({ name, to, views }) => (
              <li key={name}>
                <a href={hashOf(to)} aria-current={views.includes(place.view) ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <span class="spacer" />
        <Dropped />
        <Connection />
        <ThemeChoice />
      </header>
      {trace !== null && <TraceBar trace={trace} />}
      <main id="main" tabIndex={-1}>
        <View place={place} />
      </main>
    </TraceProvider>
  );
}

/** Beside this code, whatever the address of the page. */
const icon = new URL('icon.svg', import.meta.url).href;

const tabs: readonly Readonly<{ name: string; to: Place; views: readonly Place['view'][] }>[] = [
  { name: 'Cluster', to: { view: 'cluster' }, views: ['cluster'] },
  { name: 'Charts', to: { view: 'charts', actor: null }, views: ['charts'] },
  { name: 'Proposals', to: { view: 'proposals', node: null }, views: ['proposals'] },
  { name: 'Instances', to: { view: 'instances', machine: null }, views: ['instances', 'instance'] },
  { name: 'Log', to: { view: 'log', index: null }, views: ['log'] },
];

/** A trace knows of no proposals' acknowledgements, and its lines are its log. */
const traceTabs: typeof tabs = [
  ...tabs.filter(({ name }) => name !== 'Proposals' && name !== 'Log'),
  { name: 'Lines', to: { view: 'log', index: null }, views: ['log', 'proposals'] },
];

function View({ place }: Readonly<{ place: Place }>) {
  const trace = useTrace();
  switch (place.view) {
    case 'cluster':
      return <ClusterView />;
    case 'charts':
      return <ChartsView actor={place.actor} />;
    case 'proposals':
      return <ProposalsView node={place.node} />;
    case 'instances':
      return <InstancesView machine={place.machine} />;
    case 'instance':
      return <InstanceView machine={place.machine} instance={place.key} at={place.at} />;
    default:
      return trace === null ? <LogView index={place.index} /> : <TraceView trace={trace} />;
  }
}

/** The place is in the address: it must not be taken for one. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Connection() {
  const { connection } = useFeed();
  const { state, reason } = useConnection();
  const node = usePicture(({ welcome }) =>
    welcome?.source === 'trace' ? 'the trace' : (welcome?.node ?? 'the node'),
  );
  return (
    <span class={`connection ${state}`} role="status" data-state={state}>
      <i aria-hidden="true" />
      {state === 'live' && (node === 'the trace' ? 'reading a trace' : `live from ${node}`)}
      {state === 'connecting' && 'connecting…'}
      {state === 'lost' && `${node} is away: ${reason ?? 'no reason was given'}`}
      {state === 'unfit' && 'This page is too old for its node: load it again.'}
      {(state === 'lost' || state === 'unfit') && (
        <button
          type="button"
          class="quiet"
          onClick={() => connection.send({ type: 'reader.retries' })}
        >
          Try now
        </button>
      )}
    </span>
  );
}

function Dropped() {
  const dropped = usePicture((picture) => picture.dropped);
  if (dropped === 0) return null;
  return (
    <span class="badge warn" title="This page reads too slowly, so the node left some of it out.">
      {number(dropped)} left out
    </span>
  );
}

const themes = ['auto', 'light', 'dark'] as const;
const themeKey = 'quorate-inspector-theme';

function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(themeKey, theme);
  }, [theme]);
  return (
    <label class="theme">
      <span class="visually-hidden">Colours</span>
      <select
        value={theme}
        onChange={({ currentTarget }) => setTheme(themeNamed(currentTarget.value))}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const themeNamed = (name: string | null): (typeof themes)[number] =>
  themes.find((each) => each === name) ?? 'auto';

const storedTheme = (): (typeof themes)[number] => themeNamed(localStorage.getItem(themeKey));
