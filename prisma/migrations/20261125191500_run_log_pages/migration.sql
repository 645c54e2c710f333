-- CreateTable
CREATE TABLE "run_log_pages" (
    "run_id" UUID NOT NULL,
    "first_seq" INTEGER NOT NULL,
    "last_seq" INTEGER NOT NULL,
    "events" TEXT NOT NULL,

    CONSTRAINT "run_log_pages_pkey" PRIMARY KEY ("run_id","first_seq")
);

-- AddForeignKey
ALTER TABLE "run_log_pages" ADD CONSTRAINT "run_log_pages_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
