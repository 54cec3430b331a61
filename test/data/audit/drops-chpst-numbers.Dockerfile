FROM debian:12
ENTRYPOINT ["chpst", "-u", ":1500:1500", "server"]
