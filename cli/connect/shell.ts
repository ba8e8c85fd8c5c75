// Commands for people to run: how two shells keep the output of a command.

export const SHELLS = ['sh', 'pwsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** A line that keeps what a command prints; `"$NAME"` is its value in both shells. */
export function assign(shell: Shell, name: string, command: string): string {
  return shell === 'sh' ? `${name}=$(${command})` : `$${name} = ${command}`;
}

/** In both shells nothing is special between single quotes; the text has none. */
export function quote(text: string): string {
  if (/['\n\r]/.test(text)) throw new Error('a value with a quote or a line break is not printed');
  return `'${text}'`;
}
