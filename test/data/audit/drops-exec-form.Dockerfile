FROM debian:12
ENTRYPOINT ["gosu","app","server"]
