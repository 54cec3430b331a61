FROM debian:12
USER ${U:-root}
CMD ["app"]
