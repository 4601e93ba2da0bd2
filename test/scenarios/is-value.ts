/** Whether a read was answered with a state, rather than refused or not at all. */
import type { Reading } from '../world/clients.ts';

export const isValue = ({ answer }: Reading): boolean => answer !== null && !('end' in answer);
