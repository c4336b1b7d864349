import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../../sandbox/start/terminal.ts';
import { Screen } from './screen.ts';

const longEvidence = `  SUCCEEDED provision-deploy-key        0.3 s  ${'SHA256:'.padEnd(120, 'x')}, read-only`;

/** As a bootstrap goes on: a step more each time, and the last one changes. */
const progress = [
  ['  RUNNING   preflight'],
  ['  SUCCEEDED preflight                   0.2 s  23 checks', '  RUNNING   provision-deploy-key'],
  ['  SUCCEEDED preflight                   0.2 s  23 checks', longEvidence],
  ['  SUCCEEDED preflight                   0.2 s  23 checks', longEvidence, '  RUNNING   record'],
];

const endOf = (row: string): string => row.slice(-9);

describe('a terminal that can go back', () => {
  it('shows each step in one place, under what was printed before', () => {
    const screen = new Screen();
    const terminal = createTerminal(screen, {});
    terminal.print('Onboarding');

    for (const lines of progress.slice(0, 2)) terminal.show(lines);

    expect(screen.seen()).toEqual(['Onboarding', ...(progress[1] ?? [])]);
  });

  it.each([1, 2, 12, 40, 79, 80, 132, 0])('keeps each step in one row of %i columns while it goes on', (columns) => {
    const screen = new Screen({ columns });
    const terminal = createTerminal(screen, {});
    terminal.print('=');

    for (const lines of progress) {
      terminal.show(lines);

      // The last column stays free: some terminals begin a new row when it is taken.
      const width = Math.max(1, (columns || 80) - 1);
      const [, ...rows] = screen.seen();
      expect(rows.map((row) => row.endsWith('…'))).toEqual(lines.map((line) => line.length > width));
      expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(width);
    }
  });

  it.each([12, 40, 80, 132, 200])('leaves every step whole in %i columns when it is done', (columns) => {
    const screen = new Screen({ columns });
    const terminal = createTerminal(screen, {});

    for (const lines of progress) terminal.show(lines);
    terminal.keep();
    terminal.print('Done');

    expect(screen.seen().join('').replaceAll('…', '?')).toBe([...(progress.at(-1) ?? []), 'Done'].join(''));
  });

  it.each([2, 3, 5, 9, 0])('doubles nothing in %i rows, whether all steps find room or not', (rows) => {
    const screen = new Screen({ columns: 60, rows });
    const terminal = createTerminal(screen, {});
    const steps = Array.from({ length: 8 }, (_, index) => `step ${index + 1}`);

    for (const [index] of steps.entries()) terminal.show(steps.slice(0, index + 1));
    expect(screen.seen()).toEqual(steps.slice(-((rows || 24) - 1)));
    terminal.keep();

    expect(screen.seen()).toEqual(steps);
  });

  it('goes on below what is printed in between', () => {
    const screen = new Screen({ columns: 40 });
    const terminal = createTerminal(screen, {});

    terminal.show(['first']);
    terminal.print('a remark');
    terminal.show(['second']);
    terminal.show(['third']);

    expect(screen.seen()).toEqual(['first', 'a remark', 'third']);
  });

  it('leaves the steps of one operation when it shows those of the next', () => {
    const screen = new Screen();
    const terminal = createTerminal(screen, {});

    for (const lines of [['  RUNNING   preflight'], ['  SUCCEEDED record']]) terminal.show(lines);
    terminal.keep();
    for (const lines of [['  RUNNING   preflight'], ['  SUCCEEDED preflight', '  SUCCEEDED write-policies']]) {
      terminal.show(lines);
    }
    terminal.keep();

    expect(screen.seen()).toEqual(['  SUCCEEDED record', '  SUCCEEDED preflight', '  SUCCEEDED write-policies']);
  });

  it('lets nothing that came from elsewhere move the cursor or take a second row', () => {
    const screen = new Screen();
    const terminal = createTerminal(screen, {});

    terminal.print('kept');
    terminal.show(['one\u001B[2A\u001B[0J\r\t\u009B2J', 'two\nthree']);
    terminal.show(['four\nfive']);
    terminal.keep();

    expect(screen.seen()).toEqual(['kept', 'four five']);
  });
});

describe('a terminal that cannot, or must not, go back', () => {
  it.each([
    ['is no terminal', { isTTY: false }, {}],
    ['is told NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
    ['is dumb', { isTTY: true }, { TERM: 'dumb' }],
  ])('gets each line once, whole, where it %s', (_, kind, env) => {
    const { output, text } = recorder(kind);
    const terminal = createTerminal(output, env);

    terminal.print('Onboarding');
    for (const lines of progress) for (const again of [lines, lines]) terminal.show(again);
    terminal.keep();

    expect(text()).toBe(`${['Onboarding', ...new Set(progress.flat())].join('\n')}\n`);
  });

  it('takes an empty NO_COLOR for none, as no-color.org has it', () => {
    const { output, text } = recorder({ isTTY: true });
    const terminal = createTerminal(output, { NO_COLOR: '' });

    for (const lines of progress) terminal.show(lines);

    expect(endOf(text().replaceAll('\n', ''))).toBe('   record');
    expect(text()).toContain('\u001B[');
  });

  it('gets a line for a line, whatever came from elsewhere', () => {
    const { output, text } = recorder({ isTTY: false });

    createTerminal(output, {}).show(['one\u001B[2A', 'two\nthree']);

    expect(text()).toBe('one [2A\ntwo three\n');
  });
});

function recorder(kind: { readonly isTTY: boolean }) {
  let text = '';
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { output: Object.assign(output, kind), text: () => text };
}
