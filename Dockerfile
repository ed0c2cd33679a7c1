# syntax=docker/dockerfile:1
# The server has no build step: Node 26 runs the TypeScript as it is. The page is built in a stage of its own.

FROM node:26-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node 26 itself, so the packages that bring it to older machines are left out. Not by --omit=optional:
# the native part of argon2 is an optional package, too.
# Of the data on networks only the files that are read stay: half of it is the same as text.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node node_modules/@ip-location-db/*/*-ipv?.csv && mkdir /empty

FROM node:26-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci
COPY scripts/run.mjs scripts/build-page.ts ./scripts/
COPY scripts/support/page.ts ./scripts/support/
COPY web ./web
RUN node scripts/run.mjs scripts/build-page.ts

FROM node:26-bookworm-slim AS base
# glibc's allocator is kept small: a gate should fit beside what it guards. What Node compiled is kept where alone it can be
# written; without it a start takes twice as long, and each thread keeps a TypeScript compiler.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    NODE_COMPILE_CACHE=/data/compile-cache \
    SALLYPORT_DATA_DIR=/data \
    SALLYPORT_DNS_LISTEN=0.0.0.0:1053 \
    SALLYPORT_WEB_LISTEN=0.0.0.0:8080
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY scripts/run.mjs scripts/sallyport.mjs scripts/healthcheck.ts scripts/client-check.sh ./scripts/
COPY catalog ./catalog
COPY migrations ./migrations
COPY web/docs.html web/docs.js web/openapi.json ./web/
COPY web/public ./web/public
COPY --from=page /app/web/dist ./web/dist
COPY src ./src
# A new named volume takes the owner of the directory it covers; everything else belongs to root and is only read.
COPY --from=packages --chown=10001:10001 /empty /data
USER 10001:10001
EXPOSE 1053/udp 1053/tcp 8080/tcp
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "scripts/healthcheck.ts"]
CMD ["node", "scripts/run.mjs", "src/main.ts"]

# For the host's own nftables only. It runs as root, because Docker gives no capability to an ordinary user; compose takes
# every capability away but NET_ADMIN and NET_BIND_SERVICE.
FROM base AS nftables
USER 0:0
RUN apt-get update && apt-get install --yes --no-install-recommends nftables && rm -rf /var/lib/apt/lists/* && chown 0:0 /data

FROM base AS sallyport
