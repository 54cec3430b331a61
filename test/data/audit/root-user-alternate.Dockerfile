FROM debian:12
USER ${PATHX:+1000}
CMD ["app"]
