/** The instances of the replicated machines: found by key, opened in their chart. */
import { useEffect, useState } from 'preact/hooks';
import type { InstancesAnswer } from '../../question-protocol.ts';
import { go } from '../connection/use-place.ts';
import { useAnswer, useFeed, usePicture } from '../connection/use-feed.ts';
import { hashOf } from '../model/place.ts';
import { count, number, stateText } from '../model/words.ts';
import { VirtualList } from '../parts/virtual-list.tsx';

type Row = InstancesAnswer['instances'][number];

export function InstancesView({ machine }: Readonly<{ machine: string | null }>) {
  const machines = usePicture(({ welcome }) => welcome?.machines ?? none);
  const [search, setSearch] = useState('');
  // `lifecycle` comes first, and is not what most look for.
  const shown = machine ?? machines[1] ?? machines[0] ?? null;
  return (
    <div class="instances-view">
      <header class="view-bar">
        <h2>Instances</h2>
        <label>
          of{' '}
          <select
            value={shown ?? ''}
            onChange={({ currentTarget }) =>
              go({ view: 'instances', machine: currentTarget.value })
            }
          >
            {machines.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <input
          type="search"
          aria-label="Find by key"
          placeholder="Find by key"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <OpenByKey machine={shown} />
      </header>
      {shown !== null && <Found key={`${shown} ${search}`} machine={shown} search={search} />}
    </div>
  );
}

const none: readonly string[] = [];
const pageSize = 200;

function Found({ machine, search }: Readonly<{ machine: string; search: string }>) {
  const feed = useFeed();
  const asked = { machine, limit: pageSize, ...(search !== '' && { search }) };
  const [refreshed, setRefreshed] = useState(0);
  const { answer, problem } = useAnswer(`${refreshed}`, (through) =>
    through.ask<'instances'>({ type: 'instances', ...asked }),
  );
  const [more, setMore] = useState<readonly Row[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(false);
  useEffect(() => {
    setMore([]);
    setNext(answer?.next ?? null);
  }, [answer]);
  const loadMore = (): void => {
    if (next === null || isLoading) return;
    setLoading(true);
    void (async () => {
      try {
        const page = await feed.ask<'instances'>({ type: 'instances', ...asked, after: next });
        setMore((before) => [...before, ...page.instances]);
        setNext(page.next);
      } catch {
        setNext(null);
      }
      setLoading(false);
    })();
  };
  if (problem !== null)
    return (
      <p class="problem" role="alert">
        {problem}
      </p>
    );
  if (answer === null)
    return (
      <p class="muted centred" role="status">
        Looking…
      </p>
    );
  const rows = [...answer.instances, ...more];
  return (
    <section class="panel grows" aria-label={`Instances of ${machine}`}>
      <h3>
        {count(answer.count, 'instance')}
        <button type="button" class="quiet" onClick={() => setRefreshed(refreshed + 1)}>
          Look again
        </button>
      </h3>
      {rows.length === 0 ? (
        <p class="muted">{search === '' ? 'There is none yet.' : 'None has such a key.'}</p>
      ) : (
        <VirtualList
          label={`Instances of ${machine}`}
          rows={rows}
          rowPx={34}
          keyOf={({ key }) => key}
          onEnd={loadMore}
          render={(row) => <InstanceRow machine={machine} row={row} />}
        />
      )}
    </section>
  );
}

function InstanceRow({ machine, row }: Readonly<{ machine: string; row: Row }>) {
  const { key, value, status, index } = row;
  return (
    <a class="row instance-row" href={hashOf({ view: 'instance', machine, key, at: null })}>
      <span class="code strong cut">{key}</span>
      <span class="code cut">{stateText(value)}</span>
      <span class={`muted ${status}`}>{status === 'active' ? '' : status}</span>
      <span class="number muted">entry {number(index)}</span>
    </a>
  );
}

/** Also one that does not exist yet: an event may begin it. */
function OpenByKey({ machine }: Readonly<{ machine: string | null }>) {
  const [key, setKey] = useState('');
  return (
    <form
      class="open-by-key"
      onSubmit={(event) => {
        event.preventDefault();
        if (machine !== null && key !== '') go({ view: 'instance', machine, key, at: null });
      }}
    >
      <input
        aria-label="Key to open"
        placeholder="Open a key"
        value={key}
        onInput={({ currentTarget }) => setKey(currentTarget.value)}
      />
      <button type="submit" disabled={machine === null || key === ''}>
        Open
      </button>
    </form>
  );
}
