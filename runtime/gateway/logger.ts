/** The shape of pino's logger that the doors use: what is known, then a sentence. */
export type DoorLogger = Readonly<{
  debug(known: object, sentence: string): void;
  info(known: object, sentence: string): void;
  warn(known: object, sentence: string): void;
}>;
