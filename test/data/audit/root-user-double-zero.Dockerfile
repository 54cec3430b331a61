FROM debian:12
USER 00
CMD ["app"]
