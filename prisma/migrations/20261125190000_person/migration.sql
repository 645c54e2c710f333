-- Everything so far is the owner's.
ALTER TABLE "conversations" ADD COLUMN "person" TEXT NOT NULL DEFAULT 'owner';

-- CreateIndex
CREATE INDEX "conversations_person_last_message_at_id_idx" ON "conversations"("person", "last_message_at" DESC, "id" DESC);
