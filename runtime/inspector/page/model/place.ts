/**
 * Where in the page its reader is, as the part of the address behind `#`: a reload, or a link that
 * is passed on, comes back to the same place.
 */

export type Place =
  | Readonly<{ view: 'cluster' }>
  | Readonly<{ view: 'charts'; actor: string | null }>
  | Readonly<{ view: 'proposals'; node: string | null }>
  | Readonly<{ view: 'instances'; machine: string | null }>
  /** `at`: as it was after that entry; null: as it is. */
  | Readonly<{ view: 'instance'; machine: string; key: string; at: number | null }>
  | Readonly<{ view: 'log'; index: number | null }>;

export function hashOf(place: Place): string {
  switch (place.view) {
    case 'cluster':
      return '#/cluster';
    case 'charts':
      return joined('charts', place.actor);
    case 'proposals':
      return joined('proposals', place.node);
    case 'instances':
      return joined('instances', place.machine);
    case 'instance': {
      const at = place.at === null ? '' : `?at=${place.at}`;
      return `${joined('instances', place.machine, place.key)}${at}`;
    }
    default:
      return joined('log', place.index === null ? null : String(place.index));
  }
}

const joined = (...parts: readonly (string | null)[]): string =>
  `#/${parts.flatMap((part) => (part === null ? [] : encodeURIComponent(part))).join('/')}`;

/** What cannot be understood leads to the cluster. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, first = null, second = null] = path.split('/').map(decoded);
  switch (view) {
    case 'charts':
      return { view, actor: first };
    case 'proposals':
      return { view, node: first };
    case 'instances':
      if (first === null || second === null) return { view, machine: first };
      return { view: 'instance', machine: first, key: second, at: indexIn(query) };
    case 'log':
      return { view, index: wholeNumber(first) };
    default:
      return { view: 'cluster' };
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const indexIn = (query: string): number | null =>
  wholeNumber(/(?:^|&)at=([^&]*)/.exec(query)?.[1] ?? null);

const wholeNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
