FROM debian:12
ENTRYPOINT ["gosu","root","x"]
