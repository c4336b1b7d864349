/** What an operator has to be told when our clock and another system's differ by more than that system bears. */
export function clockWords(aheadMs: number, whose: string): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  return `our clock is ${minutes} minutes ${aheadMs < 0 ? 'behind' : 'ahead of'} ${whose}: set it right`;
}
