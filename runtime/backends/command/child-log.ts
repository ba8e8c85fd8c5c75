// The log interface for the streams of a program. A pino logger implements it.

export interface ChildLog {
  isLevelEnabled(level: 'debug'): boolean;
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
