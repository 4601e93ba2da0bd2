import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Drawings } from '../drawings.ts';

export const DrawingsContext = createContext<Drawings | null>(null);

export function useDrawings(): Drawings {
  const drawings = useContext(DrawingsContext);
  if (drawings === null) throw new Error('this part of the page stands outside of its drawings');
  return drawings;
}
