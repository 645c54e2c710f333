-- CreateTable
CREATE TABLE "memory_recalls" (
    "message_id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "entry_ids" UUID[],

    CONSTRAINT "memory_recalls_pkey" PRIMARY KEY ("message_id")
);

-- AddForeignKey
ALTER TABLE "memory_recalls" ADD CONSTRAINT "memory_recalls_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;
