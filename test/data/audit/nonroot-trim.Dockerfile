FROM debian:12
ENV U=10001:root
USER ${U%%:*}
