FROM debian:12 AS debug
USER root
FROM debian:12
USER 10001:10001
