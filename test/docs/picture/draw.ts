// The picture of the README as one page of HTML: two terminals beside the page of a server.

import { PAGE, type Screen, SHOWN_URL } from './first-screen.ts';

export const WIDTH = 960;
/** The page as a browser of this size shows it, which the picture makes smaller. */
export const VIEWPORT = { width: 560, height: 900 };

const LOOKS = {
  light: `--back: #fff; --frame: #d1d9e0; --bar: #f6f8fa; --text: #1f2328; --faint: #59636e;
    --green: #1a7f37; --yellow: #9a6700; --red: #d1242f; --blue: #0969da; --cyan: #1b7c83`,
  dark: `--back: #0d1117; --frame: #3d444d; --bar: #151b23; --text: #f0f6fc; --faint: #9198a1;
    --green: #3fb950; --yellow: #d29922; --red: #f85149; --blue: #4493f8; --cyan: #39c5cf`,
};

export type Look = keyof typeof LOOKS;

export function draw(screens: readonly Screen[], page: Buffer, look: Look): string {
  const terminals = screens.map(({ title, lines }) =>
    framed(title, `<pre>${lines.map(withColors).join('\n')}</pre>`),
  );
  const image = `<img src="data:image/png;base64,${page.toString('base64')}">`;
  return `<!doctype html><meta charset="utf-8"><style>
  :root { ${LOOKS[look]} }
  body { margin: 0; display: flex; gap: 14px; width: ${WIDTH}px; color: var(--text);
    align-items: stretch; background: transparent; font: 12px system-ui, sans-serif }
  .left { display: flex; flex-direction: column; gap: 14px; flex: 0 0 572px }
  figure { margin: 0; border: 1px solid var(--frame); border-radius: 8px; overflow: hidden;
    background: var(--back); display: flex; flex-direction: column }
  .left > :last-child { flex: 1 }
  figcaption { background: var(--bar); border-bottom: 1px solid var(--frame); padding: 6px 12px;
    color: var(--faint); text-align: center }
  pre { margin: 0; padding: 10px 14px; font: 11px/1.5 'DejaVu Sans Mono', monospace;
    white-space: pre-wrap; word-break: break-all }
  .page { flex: 1; position: relative; min-height: 462px }
  .page div { position: absolute; inset: 28px 0 0; overflow: hidden }
  img { display: block; width: 100% }
</style><body><div class="left">${terminals.join('')}</div>
<figure class="page"><figcaption>${SHOWN_URL}${PAGE}</figcaption><div>${image}</div></figure>`;
}

function framed(title: string, content: string): string {
  return `<figure><figcaption>${escaped(title)}</figcaption>${content}</figure>`;
}

const STYLES: Readonly<Record<number, string>> = {
  1: 'font-weight: 700',
  2: 'color: var(--faint)',
  31: 'color: var(--red)',
  32: 'color: var(--green)',
  33: 'color: var(--yellow)',
  34: 'color: var(--blue)',
  36: 'color: var(--cyan)',
  90: 'color: var(--faint)',
};

/** What ends a color or a weight. */
const ENDS: Readonly<Record<number, readonly number[]>> = {
  0: Object.keys(STYLES).map(Number),
  22: [1, 2],
  39: [31, 32, 33, 34, 36, 90],
};

/** A line of a terminal with a span for each run of one style. */
function withColors(line: string): string {
  const styles = new Set<number>();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told colors by them.
  const [first = '', ...runs] = line.split(/\u001b\[([\d;]*)m/);
  let html = escaped(first);
  for (let at = 0; at < runs.length; at += 2) {
    for (const code of (runs[at] || '0').split(';').map(Number)) {
      if (!(code in STYLES) && !(code in ENDS)) throw new Error(`no style for code ${code}`);
      for (const ended of ENDS[code] ?? []) styles.delete(ended);
      if (code in STYLES) styles.add(code);
    }
    const style = [...styles].map((code) => STYLES[code]).join('; ');
    html += `<span style="${style}">${escaped(runs[at + 1] ?? '')}</span>`;
  }
  return html;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
