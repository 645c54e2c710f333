-- AlterTable
ALTER TABLE "skills"
    ADD COLUMN "status_reason" TEXT,
    ADD COLUMN "runtime" TEXT NOT NULL DEFAULT 'none',
    ADD COLUMN "entry" TEXT,
    ADD COLUMN "timeout_s" INTEGER NOT NULL DEFAULT 30,
    ADD COLUMN "permissions" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "parameters" JSONB,
    ADD CONSTRAINT "skills_runtime" CHECK ("runtime" IN ('none', 'node', 'python')),
    ADD CONSTRAINT "skills_entry" CHECK (("runtime" = 'none') = ("entry" IS NULL));

-- AlterTable
ALTER TABLE "skill_files"
    ALTER COLUMN "content" DROP NOT NULL,
    ADD COLUMN "bytes" BYTEA,
    ADD CONSTRAINT "skill_files_one_form" CHECK (num_nonnulls("content", "bytes") = 1);
