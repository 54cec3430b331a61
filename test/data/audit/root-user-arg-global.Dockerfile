ARG U=root
FROM debian:12
ARG U
USER ${U}
