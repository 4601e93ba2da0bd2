/** Where the reader is, and how to go elsewhere. */
import { useEffect, useState } from 'preact/hooks';
import { hashOf, placeOf, type Place } from '../model/place.ts';

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = (): void => setHash(location.hash);
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  return placeOf(hash);
}

export const go = (place: Place): void => {
  location.hash = hashOf(place);
};

/** Without a step for the reader's way back: many of them are taken in a row. */
export const goQuietly = (place: Place): void => {
  history.replaceState(null, '', hashOf(place));
  dispatchEvent(new HashChangeEvent('hashchange'));
};
