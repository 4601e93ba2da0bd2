/** What `import … from 'quorate/testing'` gives: the exams that every store and transport sits, and the twins that need no disk and no network. */
export { examineStorage, type Medium, type StorageExam } from './storage/exam.ts';
export { examineTransport, type Exam, type ExamPair } from './transport/exam.ts';
export { openMemoryStorage, emptyMemory, type Memory } from './storage/memory.ts';
export { SimulatedDisk, type SimulatedDiskOptions } from './storage/simulated-disk.ts';
export { createMemoryNetwork, type MemoryNetwork } from './transport/memory.ts';
export type { Storage } from './storage/port.ts';
export type { Transport, TransportListener } from './transport/port.ts';
