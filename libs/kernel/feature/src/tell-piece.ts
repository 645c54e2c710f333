/** Less than agent.tool_result_characters is by default, so that a piece comes whole. */
export const PIECE_CHARACTERS = 12_000;

/** A piece of a long text as a tool gives it to a model. @param next where the following one begins; null after the last */
export function tellPiece(piece: string, next: number | null): string {
  return `${piece || '(nothing beyond that)'}${next === null ? '' : `\n[There is more: call again with from ${String(next)}.]`}`;
}
