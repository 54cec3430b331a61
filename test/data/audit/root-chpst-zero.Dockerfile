FROM debian:12
ENTRYPOINT ["chpst", "-u", ":0:0", "server"]
