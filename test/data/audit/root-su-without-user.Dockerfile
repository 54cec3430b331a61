FROM debian:12
ENTRYPOINT ["su"]
