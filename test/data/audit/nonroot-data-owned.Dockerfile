FROM debian:12
WORKDIR /app
COPY . /app
COPY --chown=10001:10001 data /data/
USER 10001:10001
CMD ["/app/run"]
