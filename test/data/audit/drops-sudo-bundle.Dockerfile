FROM debian:12
ENTRYPOINT ["sudo", "-Eu", "app", "server"]
