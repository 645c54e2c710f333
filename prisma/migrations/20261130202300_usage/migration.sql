-- CreateTable
CREATE TABLE "usage" (
    "source_id" UUID NOT NULL,
    "model" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "person" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "conversation_id" UUID NOT NULL,
    "requests" INTEGER NOT NULL,
    "input" BIGINT NOT NULL,
    "cached_input" BIGINT NOT NULL,
    "output" BIGINT NOT NULL,
    "reasoning" BIGINT NOT NULL,
    "cost_usd" DOUBLE PRECISION,
    "estimated" BOOLEAN NOT NULL,

    CONSTRAINT "usage_pkey" PRIMARY KEY ("source_id","model")
);

-- CreateIndex
CREATE INDEX "usage_at_idx" ON "usage"("at");

-- What was spent before, as far as replies tell it: one request each.
INSERT INTO "usage" ("source_id", "model", "at", "person", "token_id", "conversation_id", "requests", "input", "cached_input", "output", "reasoning", "cost_usd", "estimated")
SELECT runs.id, runs.outcome->>'model', runs.finished_at, conversations.person, runs.token_id, runs.conversation_id, 1,
  coalesce((runs.outcome->'tokens'->>'input')::bigint, 0), 0, coalesce((runs.outcome->'tokens'->>'output')::bigint, 0), 0, (runs.outcome->>'cost_usd')::float8, false
FROM runs JOIN conversations ON conversations.id = runs.conversation_id
WHERE runs.status = 'completed' AND runs.finished_at IS NOT NULL AND runs.outcome->>'model' IS NOT NULL;
