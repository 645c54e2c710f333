-- CreateTable
CREATE TABLE "channel_states" (
    "channel" TEXT NOT NULL,
    "holder" TEXT,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL DEFAULT 'disconnected',
    "connected_since" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_inbound_at" TIMESTAMPTZ(3),
    "last_outbound_at" TIMESTAMPTZ(3),
    "cursor" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "channel_states_pkey" PRIMARY KEY ("channel"),
    CONSTRAINT "channel_states_status" CHECK ("status" IN ('connected', 'connecting', 'disconnected', 'error'))
);

-- CreateTable
CREATE TABLE "channel_pairings" (
    "channel" TEXT NOT NULL,
    "sender" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "person" TEXT,
    "name" TEXT,
    "chat" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "told_at" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "channel_pairings_pkey" PRIMARY KEY ("channel","sender"),
    CONSTRAINT "channel_pairings_status" CHECK ("status" IN ('pending', 'approved', 'refused')),
    CONSTRAINT "channel_pairings_person" CHECK ("status" <> 'approved' OR "person" IS NOT NULL)
);

-- CreateTable
CREATE TABLE "channel_chats" (
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "thread" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "conversation_id" UUID NOT NULL,

    CONSTRAINT "channel_chats_pkey" PRIMARY KEY ("channel","chat","thread","person")
);

-- CreateTable
CREATE TABLE "channel_messages" (
    "id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "thread" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "author" TEXT,
    "content" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "provenance" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "join_key" TEXT,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "run_id" UUID,

    CONSTRAINT "channel_messages_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "channel_messages_status" CHECK ("status" IN ('waiting', 'accepted', 'late', 'failed'))
);

-- CreateTable
CREATE TABLE "channel_deliveries" (
    "id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "thread" TEXT NOT NULL,
    "reply_to" TEXT,
    "person" TEXT,
    "run_id" UUID,
    "content" TEXT,
    "status" TEXT NOT NULL DEFAULT 'open',
    "pieces_sent" INTEGER NOT NULL DEFAULT 0,
    "sending" BOOLEAN NOT NULL DEFAULT false,
    "preview" TEXT,
    "refs" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "channel_deliveries_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "channel_deliveries_status" CHECK ("status" IN ('open', 'sent', 'failed'))
);

-- CreateIndex
CREATE UNIQUE INDEX "channel_pairings_channel_code_key" ON "channel_pairings"("channel", "code");

-- CreateIndex
CREATE INDEX "channel_chats_conversation_id_idx" ON "channel_chats"("conversation_id");

-- CreateIndex
CREATE UNIQUE INDEX "channel_messages_channel_chat_message_key" ON "channel_messages"("channel", "chat", "message");

-- CreateIndex
CREATE INDEX "channel_messages_channel_received_at_idx" ON "channel_messages"("channel", "received_at");

-- CreateIndex
CREATE INDEX "channel_deliveries_run_id_idx" ON "channel_deliveries"("run_id");

-- What waits to be accepted, and what waits to be said: few of many.
CREATE INDEX "channel_messages_waiting" ON "channel_messages"("channel", "id") WHERE "status" = 'waiting';
CREATE INDEX "channel_deliveries_open" ON "channel_deliveries"("channel", "chat", "id") WHERE "status" = 'open';

-- AddForeignKey
ALTER TABLE "channel_chats" ADD CONSTRAINT "channel_chats_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_deliveries" ADD CONSTRAINT "channel_deliveries_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
