FROM debian:12
USER root:app
CMD ["app"]
