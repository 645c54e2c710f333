-- CreateTable
CREATE TABLE "settings_overlay" (
    "single" BOOLEAN NOT NULL DEFAULT true,
    "revision" BIGINT NOT NULL,
    "document" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "settings_overlay_pkey" PRIMARY KEY ("single"),
    CONSTRAINT "settings_overlay_single" CHECK ("single")
);
