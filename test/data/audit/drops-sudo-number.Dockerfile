FROM debian:12
ENTRYPOINT ["sudo", "-u", "#1500", "server"]
