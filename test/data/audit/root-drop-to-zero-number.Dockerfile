FROM debian:12
ENTRYPOINT ["su-exec","0:0","x"]
