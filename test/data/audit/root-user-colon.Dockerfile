FROM debian:12
USER :
CMD ["app"]
