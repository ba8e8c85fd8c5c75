// Where a program's streams are told of. A pino logger is one.

export interface ChildLog {
  isLevelEnabled(level: 'debug'): boolean;
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
