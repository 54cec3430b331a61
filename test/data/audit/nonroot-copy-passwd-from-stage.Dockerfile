FROM debian:12 AS b
RUN useradd -u 10001 app
FROM scratch
COPY --from=b /etc/passwd /etc/passwd
USER app
