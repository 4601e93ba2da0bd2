/**
 * The numbers and names of the protocol, branded so that a term is not an index
 * is not a count. Conversions have names; nothing here computes.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Counts elections. Only ever grows. Zero means "before the first election". */
export type Term = Branded<number, 'Term'>;

/** Position of an entry in the log. The first entry is 1; zero means "before the first". */
export type LogIndex = Branded<number, 'LogIndex'>;

/** A node's name, as given by `--id`: 1 to 64 of `a-z A-Z 0-9 _ . -`. */
export type NodeId = Branded<string, 'NodeId'>;

/** A UUID that names one proposal for ever. A retry under the same id never applies twice. */
export type ProposalId = Branded<string, 'ProposalId'>;

/** Where a log ends, or any one place in it: what the paper calls lastLogIndex and lastLogTerm. */
export type LogEnd = Readonly<{ index: LogIndex; term: Term }>;

export const termZero = 0 as Term;
export const indexZero = 0 as LogIndex;
export const emptyEnd: LogEnd = { index: indexZero, term: termZero };

export const toTerm = (count: number): Term => count as Term;
export const toIndex = (position: number): LogIndex => position as LogIndex;
export const nodeId = (name: string): NodeId => name as NodeId;
export const proposalId = (uuid: string): ProposalId => uuid as ProposalId;

export const nextTerm = (term: Term): Term => (term + 1) as Term;
export const nextIndex = (index: LogIndex): LogIndex => (index + 1) as LogIndex;
export const previousIndex = (index: LogIndex): LogIndex => (index - 1) as LogIndex;
export const plus = (index: LogIndex, count: number): LogIndex => (index + count) as LogIndex;
export const earlier = (a: LogIndex, b: LogIndex): LogIndex => (a < b ? a : b);
export const later = (a: LogIndex, b: LogIndex): LogIndex => (a > b ? a : b);
