FROM debian:12
ENTRYPOINT exec gosu app server
