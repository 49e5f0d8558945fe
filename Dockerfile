# The server, without the terminal client. The database is a PostgreSQL of its own: see docker-compose.yml.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.base.json ./
COPY libs/sync-domain/package.json libs/sync-domain/
COPY libs/client-sdk/package.json libs/client-sdk/
COPY libs/ffi/package.json libs/ffi/
COPY migrations/package.json migrations/
COPY apps/server/package.json apps/server/
COPY apps/client-cli/package.json apps/client-cli/
# argon2 brings its binary along, so nothing has to be compiled for the server and no install script has to run.
RUN npm ci --ignore-scripts --omit=optional
COPY libs/sync-domain libs/sync-domain
COPY migrations migrations
COPY apps/server apps/server
RUN npx tsc -b apps/server

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY libs/sync-domain/package.json libs/sync-domain/
COPY libs/client-sdk/package.json libs/client-sdk/
COPY libs/ffi/package.json libs/ffi/
COPY migrations/package.json migrations/
COPY apps/server/package.json apps/server/
COPY apps/client-cli/package.json apps/client-cli/
RUN npm ci --ignore-scripts --omit=dev --omit=optional --workspace=apps/server --workspace=libs/sync-domain --workspace=migrations

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/libs/sync-domain/dist libs/sync-domain/dist
COPY --from=build /app/migrations/dist migrations/dist
COPY --from=build /app/apps/server/dist apps/server/dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would stand between the server and its signals.
CMD ["node", "apps/server/dist/main.js"]
