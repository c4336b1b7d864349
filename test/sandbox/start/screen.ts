import { Writable } from 'node:stream';
import type { Output } from '../../../sandbox/start/terminal.ts';

/** A terminal as far as the sandbox uses one: rows that wrap, the cursor up, and everything after it erased. */
export class Screen extends Writable implements Output {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #rows: string[] = [''];
  #row = 0;
  #column = 0;

  /** 0: it does not know its size, as some do, and has 80 columns and 24 rows. */
  constructor({ columns = 80, rows = 24 } = {}) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  /** What somebody sees who scrolls up, row by row. */
  seen(): readonly string[] {
    return this.#rows.slice(0, this.#rows.findLastIndex((row) => row !== '') + 1);
  }

  override _write(text: string, _encoding: unknown, done: () => void): void {
    // oxlint-disable-next-line no-control-regex
    for (const [part] of text.matchAll(/\u001B\[\d*[A-Z]|[^]/gu)) this.#take(part);
    done();
  }

  #take(part: string): void {
    const count = Number(part.slice(2, -1));
    if (part === '\n') this.#goTo(this.#row + 1);
    else if (part.startsWith('\u001B') && part.endsWith('A')) this.#goUp(count);
    else if (part === '\u001B[0J') this.#erase();
    else if (part < ' ') throw new Error(`this terminal does not know ${JSON.stringify(part)}`);
    else this.#put(part);
  }

  #goTo(row: number): void {
    this.#row = row;
    this.#column = 0;
    this.#rows[row] ??= '';
  }

  /** No further than the first row that has not left the screen. */
  #goUp(count: number): void {
    const first = Math.max(0, this.#rows.length - (this.rows || 24));
    this.#row = Math.max(first, this.#row - count);
  }

  #erase(): void {
    this.#rows.length = this.#row + 1;
    this.#rows[this.#row] = this.#rowNow().slice(0, this.#column);
  }

  #put(character: string): void {
    if (this.#column >= (this.columns || 80)) this.#goTo(this.#row + 1);
    const row = this.#rowNow();
    this.#rows[this.#row] = `${row.slice(0, this.#column)}${character}${row.slice(this.#column + 1)}`;
    this.#column += 1;
  }

  #rowNow(): string {
    return this.#rows[this.#row] ?? '';
  }
}
