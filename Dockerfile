# Sluice as an image: one binary on a base without a shell. The `shop` stage is the demo's stand-in for a producer.
#   docker build -t sluice .            docker build -t sluice-shop --target shop .

FROM denoland/deno:debian-2.9.6 AS compile
ARG TARGETARCH=amd64
ARG SLUICE_COMMIT=unknown
WORKDIR /src
COPY deno.json deno.lock mod.ts ./
COPY domain/ domain/
COPY connect/ connect/
COPY sinks/ sinks/
COPY connectors/ connectors/
COPY cli/ cli/
COPY deploy/compile.ts deploy/
RUN deno run -A deploy/compile.ts --target "${TARGETARCH}" --output /out/sluice

FROM denoland/deno:debian-2.9.6 AS shop
WORKDIR /src
COPY sandbox/ sandbox/
COPY connect/ connect/
COPY deno.json deno.lock ./
RUN deno cache --config sandbox/dev.json sandbox/shop.ts && chown -R deno:deno /src /deno-dir
USER 1993
CMD ["deno", "run", "--cached-only", "--allow-net", "--allow-env", "--allow-read", "--config", "sandbox/dev.json", "sandbox/shop.ts"]

FROM gcr.io/distroless/cc-debian12:nonroot AS run
COPY --from=compile /out/sluice /usr/local/bin/sluice
ENV CONNECT_HEALTH_PORT=9101 CONNECT_HEALTH_HOST=0.0.0.0
USER 65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/usr/local/bin/sluice", "health"]
ENTRYPOINT ["/usr/local/bin/sluice"]
CMD ["start", "--connector", "telesales"]
