FROM debian:12
USER ${A}:${B}
CMD ["app"]
