# One image for every process of the house; the command picks the process.
#
#   source ─► manifests ─► dependencies ─► build ─► test       (docker compose --profile test)
#                   └────► modules ──────────┴────► runtime    (the default)
#
# Install scripts are not run (.npmrc): the only one that the project ever runs fetches a Node for hosts that have an older one, and
# this image is that Node.

ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS base
WORKDIR /app

# Readable for the user of the processes, whatever umask the clone was made with.
FROM base AS source
COPY . .
RUN chmod -R a+rX,go-w .

# Manifests alone. BuildKit compares what is copied from here by content, so a change of source reinstalls nothing.
FROM source AS manifests
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM base AS dependencies
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci

FROM dependencies AS build
COPY --from=source /app/tsconfig.base.json /app/tsconfig.json /app/prisma.config.ts ./
COPY --from=source /app/scripts/prisma.mjs /app/scripts/schema-engine-wasm.mjs /app/scripts/with-node.mjs scripts/
COPY --from=source /app/prisma prisma
COPY --from=source /app/libs libs
COPY --from=source /app/apps apps
RUN npm run build && chmod 755 apps/cli/dist/main.js

# Peers: @prisma/client names the Prisma CLI and TypeScript, which no process needs. Optional: native accelerators that have
# install scripts. Of Prisma's query compilers, 14 MB for each kind of database, only Postgres's is ever loaded.
FROM base AS modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci --omit=dev --omit=peer --omit=optional \
 && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*.postgresql.*' -delete

# What the build adds to the modules: code with its source maps, and the migrations.
FROM build AS output
RUN mkdir /output \
 && cp -r --parents apps/*/dist libs/*/*/dist prisma/migrations /output/ \
 && find /output \( -name '*.d.ts' -o -name .tsbuildinfo \) -delete

FROM build AS test
COPY --from=source /app ./
USER node
CMD ["npm", "test"]

FROM base AS runtime
ARG OPENCLAW_VERSION=0.1.0
LABEL org.opencontainers.image.title="openclaw" \
      org.opencontainers.image.version="${OPENCLAW_VERSION}" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
COPY --from=modules /app ./
COPY --from=output /output ./
# A new volume takes owner and mode from the folder that it is mounted over, so these are made here.
RUN ln -s /app/apps/cli/dist/main.js /usr/local/bin/openclaw \
 && install -d -o node -g node -m 0700 /var/lib/openclaw \
 && install -d -o node -g node -m 0750 /run/openclaw/owner /run/openclaw/postgres /run/openclaw/redis \
 && install -d -o node -g node -m 0700 /run/openclaw/config/gateway /run/openclaw/config/worker
USER node
CMD ["node", "apps/gateway/dist/main.js"]
