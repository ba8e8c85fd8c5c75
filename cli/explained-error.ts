// An error with a fix. The command line prints both in one line; tables show them in separate
// columns.

export class ExplainedError extends Error {
  override readonly name = 'ExplainedError';
  readonly problem: string;
  readonly fix: string;

  constructor(problem: string, fix: string, options?: ErrorOptions) {
    super(`${problem}. Fix: ${fix}`, options);
    this.problem = problem;
    this.fix = fix;
  }
}
