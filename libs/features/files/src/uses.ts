/** What a message that is accepted says of files, as parts of the statement that accepts it: the room of conversations writes it. */

/** A file `f` that is there: whole, and named by a message or not yet old. */
export const IS_THERE = `f.sha256 IS NOT NULL AND (f.expires_at IS NULL OR f.expires_at > now() OR EXISTS (SELECT FROM file_uses u WHERE u.file_id = f.id))`;

/** How the statement is told of them: each once. */
export const FILE_PARAMS = { fileIds: 'uuid[]' } as const;

/** A condition: all files are there, and of that person. @param person SQL */
export function filesAreOf(person: string): string {
  return `(SELECT count(*) FROM files f WHERE f.id = ANY(:fileIds) AND f.person = ${person} AND ${IS_THERE}) = cardinality(:fileIds)`;
}

/** Parts that tie the files to the message `:questionId` of `:conversationId`, where `go` has a row: from then on they go with it. */
export const USE_FILES = `file_use AS (
  INSERT INTO file_uses (file_id, message_id, conversation_id) SELECT unnest(:fileIds), :questionId, :conversationId FROM go),
file_kept AS (UPDATE files SET expires_at = NULL FROM go WHERE files.id = ANY(:fileIds))`;

/** A part that lets go of the files of the conversations in `gone` by their `id`; one that another conversation's message names stays. */
export const RELEASE_FILES = `file_release AS (
  UPDATE files SET expires_at = now() FROM file_uses u JOIN gone ON gone.id = u.conversation_id WHERE files.id = u.file_id)`;
