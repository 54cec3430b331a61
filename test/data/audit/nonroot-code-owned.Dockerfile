FROM debian:12
RUN useradd -u 10001 app
WORKDIR /app
COPY --chown=app . /app
USER 10001:10001
CMD ["/app/run"]
