// An error that says what to do. The command line prints it as one line; a table shows problem and fix apart.

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
