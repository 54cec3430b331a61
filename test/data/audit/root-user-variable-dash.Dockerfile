FROM debian:12
USER ${U-0}
CMD ["app"]
