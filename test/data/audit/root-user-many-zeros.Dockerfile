FROM debian:12
USER 000000
CMD ["app"]
