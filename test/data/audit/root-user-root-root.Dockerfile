FROM debian:12
USER root:root
CMD ["app"]
