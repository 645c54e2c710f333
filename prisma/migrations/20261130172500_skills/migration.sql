-- CreateTable
CREATE TABLE "skills" (
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "instructions" TEXT NOT NULL,
    "manifest" JSONB NOT NULL,
    "digest" BYTEA NOT NULL,
    "source" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "installed_by" TEXT NOT NULL,
    "installed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used" TIMESTAMPTZ(3),
    "invocations" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "skills_pkey" PRIMARY KEY ("name"),
    CONSTRAINT "skills_status" CHECK ("status" IN ('active', 'disabled', 'error')),
    CONSTRAINT "skills_digest_sha256" CHECK (octet_length("digest") = 32)
);

-- CreateTable
CREATE TABLE "skill_files" (
    "skill" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "skill_files_pkey" PRIMARY KEY ("skill","path")
);

-- AddForeignKey
ALTER TABLE "skill_files" ADD CONSTRAINT "skill_files_skill_fkey" FOREIGN KEY ("skill") REFERENCES "skills"("name") ON DELETE CASCADE ON UPDATE CASCADE;
