// CPU per tool call of all contenders as an SVG that is readable on light and dark pages and needs no font of its own.

import { FLOOR, MODES } from './contenders.ts';
import type { CpuRow } from './cpu.ts';

const WIDTH = 760;
const LABEL_WIDTH = 290;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 15;
const GROUP_GAP = 9;
const TOP = 64;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 16px; font-weight: 600 }
    .note, .value { font-size: 12px; fill: #59636e }
    .host { fill: #0969da } .peer { fill: #8c959f } .floor { fill: #1a7f37 }
    .modern { opacity: .6 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .note, .value { fill: #9198a1 }
      .host { fill: #4493f8 } .peer { fill: #656c76 } .floor { fill: #3fb950 }
    }`;

/** One pair of bars for each contender with one server, cheapest first. */
export function chart(rows: readonly CpuRow[]): string {
  const calls = rows.filter(({ ask, mounted }) => ask === 'call' && mounted === 1);
  const longest = Math.max(...calls.map(({ cpuMs }) => cpuMs));
  const groups = groupsOf(calls);
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / longest;
  let y = TOP;
  const drawn = groups.map(({ name, bars }) => {
    const top = y;
    y += bars.length * BAR_HEIGHT + GROUP_GAP;
    return drawGroup(name, bars, top, scale);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 4}" role="img">
  <title>Server CPU per MCP tool call, milliseconds</title>
  <style>${STYLE}
  </style>
  <text class="title" x="8" y="22">Server CPU per tool call, milliseconds (less is better)</text>
  <text class="note" x="8" y="42">Full color: 2025-11-25. Pale: 2026-07-28. One server mounted, echo tool, Node ${process.version}.</text>
${drawn.join('')}</svg>
`;
}

interface Group {
  readonly name: string;
  readonly bars: readonly CpuRow[];
}

function groupsOf(calls: readonly CpuRow[]): Group[] {
  const names = [...new Set(calls.map(({ contender }) => contender))];
  return names
    .map((name) => ({ name, bars: calls.filter(({ contender }) => contender === name) }))
    .toSorted((a, b) => cheapest(a) - cheapest(b));
}

function cheapest({ bars }: Group): number {
  return Math.min(...bars.map(({ cpuMs }) => cpuMs));
}

function drawGroup(name: string, bars: readonly CpuRow[], top: number, scale: number): string {
  const isOurs = MODES.some((mode) => mode.name === name);
  const kind = isOurs ? 'host' : name === FLOOR ? 'floor' : 'peer';
  const label = isOurs ? `this host: ${name}` : name;
  const middle = top + (bars.length * BAR_HEIGHT) / 2 + 4;
  const rects = bars.map(({ cpuMs, era, timesFloor }, at) => {
    const y = top + at * BAR_HEIGHT;
    const width = Math.max(1, cpuMs * scale).toFixed(1);
    const value = `${cpuMs.toFixed(3)} (${timesFloor.toFixed(1)} x)`;
    const style = era === '2026' ? `${kind} modern` : kind;
    return `  <rect class="${style}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT - 2}"/>
  <text class="value" x="${(LABEL_WIDTH + Number(width) + 6).toFixed(1)}" y="${y + 11}">${value}</text>
`;
  });
  return `  <text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${label}</text>
${rects.join('')}`;
}
