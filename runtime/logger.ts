/** What this project asks of a logger: pino's own shape, and all of it that is used. */
export type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export type Logger = Readonly<{ debug: LogLine; info: LogLine; warn: LogLine; error: LogLine }>;
