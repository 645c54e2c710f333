-- CreateTable
CREATE TABLE "attachments" (
    "message_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT,
    "data" BYTEA,
    "characters" INTEGER NOT NULL DEFAULT 0,
    "gap" TEXT,

    CONSTRAINT "attachments_pkey" PRIMARY KEY ("message_id","position")
);

-- AddForeignKey
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;
