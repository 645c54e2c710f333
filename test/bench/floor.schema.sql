-- What the floor writes: the rows of a message, its run and its reply, without anything that makes them safe.
CREATE TABLE conversations (
  id uuid PRIMARY KEY, channel text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
  last_message_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE messages (
  id uuid PRIMARY KEY, conversation_id uuid NOT NULL REFERENCES conversations (id), role text NOT NULL, content text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX messages_conversation_id_idx ON messages (conversation_id, created_at);
CREATE TABLE runs (
  id uuid PRIMARY KEY, conversation_id uuid NOT NULL REFERENCES conversations (id), status text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);
CREATE INDEX runs_conversation_id_idx ON runs (conversation_id);
