FROM debian:12
USER 0:1000
CMD ["app"]
