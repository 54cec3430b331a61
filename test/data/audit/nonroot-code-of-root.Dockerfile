FROM debian:12
WORKDIR /app
COPY . /app
USER 10001:10001
CMD ["/app/run"]
