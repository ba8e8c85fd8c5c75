// `npm run bench -- --against`: what the command line accepts, and when a build is worse than
// another.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compare, type Turn } from '../../bench/against.ts';
import { readOptions } from '../../bench/options.ts';

function folderWith(...paths: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'other-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const path of paths) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  return folder;
}

const BUILT = ['dist/main.js', 'dist/build/main.js', 'node_modules'];

describe('the command line', () => {
  it('takes the folder of a build, and then measures 9 batches of the CPU rows', () => {
    const folder = folderWith(...BUILT);
    const options = readOptions(['--against', relative(process.cwd(), folder), '--json']);
    expect(options).toMatchObject({ against: folder, sections: ['cpu'], json: true });
    expect(options.extent.batches).toBe(9);
  });

  it('combines it with --contender, --quick and the section startup', () => {
    const folder = folderWith(...BUILT);
    const others = ['--contender', 'shared', '--quick', '--only', 'cpu,startup'];
    const options = readOptions(['--against', folder, ...others]);
    expect(options).toMatchObject({ contender: 'shared', sections: ['cpu', 'startup'] });
    expect(options.extent.batches).toBe(9);
  });

  it.each(['memory', 'cpu,telemetry', ''])('refuses the section %j with it', (only) => {
    const folder = folderWith(...BUILT);
    expect(() => readOptions(['--against', folder, '--only', only])).toThrow(
      `--only: expected some of cpu,startup, got ${only}.`,
    );
  });

  it.each(BUILT)('refuses a folder without %s, and says how to build it', (missing) => {
    const folder = folderWith(...BUILT.filter((path) => path !== missing));
    const fault = new RegExp(
      `^--against: expected .*, got .* no ${missing}\\. Fix: .*npm run build`,
    );
    expect(() => readOptions(['--against', folder])).toThrow(fault);
  });

  it('measures every section of this build alone without it', () => {
    const { against, sections } = readOptions([]);
    expect(against).toBeUndefined();
    expect(sections).toEqual(['cpu', 'throughput', 'startup', 'memory', 'telemetry', 'kinds']);
  });
});

/**
 * One turn per pair of times of this build and the other, on a machine that gets slower turn by
 * turn.
 */
function turns(...pairs: readonly (readonly [own: number, other: number])[]): Turn[] {
  return pairs.map(([own, other], at) => {
    const slowness = at + 1;
    return { floor: slowness, own: own * slowness, other: other * slowness };
  });
}

describe('the comparison', () => {
  it('takes each ratio within one turn, so that a slower turn changes nothing', () => {
    const { timesFloor, otherTimesFloor, ratio } = compare(turns([2, 4], [2, 4], [3, 4]));
    expect({ timesFloor, otherTimesFloor, ratio }).toEqual({
      timesFloor: 2,
      otherTimesFloor: 4,
      ratio: { median: 0.5, min: 0.5, max: 0.75 },
    });
  });

  it.each<[what: string, own: readonly number[], isWorse: boolean]>([
    ['the same', [100, 100, 100], false],
    ['5 % more', [105, 105, 105], false],
    ['6 % more in most turns', [100, 106, 106], true],
    ['twice as much in one turn of three', [100, 200, 100], false],
    ['less', [90, 80, 90], false],
    ['never measured', [], true],
  ])('judges by the median: %s', (_, own, isWorse) => {
    expect(compare(turns(...own.map((ms) => [ms, 100] as const))).isWorse).toBe(isWorse);
  });
});
