/**
 * For whoever reads with curl: JSON on lines of its own, with a newline at the end, as GitHub's API does it. Programs get
 * the very bytes that were answered.
 */
export async function readableAnswer(request: Request, answer: Response): Promise<Response> {
  const isRead = request.headers.get('user-agent')?.startsWith('curl/') === true;
  if (!isRead || !/[/+]json\b/.test(answer.headers.get('content-type') ?? '')) return answer;
  const text = await answer.text();
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  const lines = text === '' ? null : `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  return new Response(lines, { status: answer.status, headers });
}
