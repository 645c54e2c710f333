-- CreateTable
CREATE TABLE "files" (
    "id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "media_type" TEXT NOT NULL DEFAULT '',
    "charset" TEXT,
    "size" BIGINT NOT NULL,
    "sha256" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "files_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_pieces" (
    "file_id" UUID NOT NULL,
    "start" BIGINT NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "file_pieces_pkey" PRIMARY KEY ("file_id","start")
);

-- CreateTable
CREATE TABLE "file_uses" (
    "file_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,

    CONSTRAINT "file_uses_pkey" PRIMARY KEY ("file_id","message_id")
);

-- CreateTable
CREATE TABLE "file_keys" (
    "token_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "file_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_keys_pkey" PRIMARY KEY ("token_id","key")
);

-- CreateIndex
CREATE INDEX "files_person_idx" ON "files"("person");

-- CreateIndex
CREATE INDEX "files_expires_at_idx" ON "files"("expires_at");

-- CreateIndex
CREATE INDEX "file_uses_message_id_idx" ON "file_uses"("message_id");

-- CreateIndex
CREATE INDEX "file_uses_conversation_id_idx" ON "file_uses"("conversation_id");

-- CreateIndex
CREATE INDEX "file_keys_created_at_idx" ON "file_keys"("created_at");

-- CreateIndex
CREATE INDEX "file_keys_file_id_idx" ON "file_keys"("file_id");

-- AddForeignKey
ALTER TABLE "file_pieces" ADD CONSTRAINT "file_pieces_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_uses" ADD CONSTRAINT "file_uses_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_uses" ADD CONSTRAINT "file_uses_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_uses" ADD CONSTRAINT "file_uses_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_keys" ADD CONSTRAINT "file_keys_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "files"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Beyond what the schema language says: packing what mostly is packed costs time and nothing is won.
ALTER TABLE "file_pieces" ALTER COLUMN "data" SET STORAGE EXTERNAL;
