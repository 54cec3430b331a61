FROM debian:12
ENV X=01000
USER ${X%1000}
CMD ["app"]
