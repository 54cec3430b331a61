FROM debian:12
USER +0
CMD ["app"]
