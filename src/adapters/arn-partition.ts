/** `aws`, `aws-cn`, `aws-us-gov` … */
export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}
