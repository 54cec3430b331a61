FROM debian:12
USER 10001:10001
RUN apt-get install -y curl
