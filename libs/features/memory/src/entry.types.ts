/** What an entry is: a turn of a conversation, or something that was saved on purpose. */
export type EntryKind = 'message' | 'fact' | 'preference' | 'task' | 'event';
/** Whose words they are: the person's own, the agent's, or somebody's who is not to be obeyed. */
export type Provenance = 'owner' | 'agent' | 'untrusted';
