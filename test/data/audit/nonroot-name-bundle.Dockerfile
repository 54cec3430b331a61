FROM debian:12
RUN useradd -mu 10005 app
USER app
