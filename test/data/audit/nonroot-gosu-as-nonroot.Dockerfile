FROM debian:12
USER 10001:10001
ENTRYPOINT ["gosu","root","x"]
