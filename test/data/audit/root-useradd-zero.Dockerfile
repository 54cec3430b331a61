FROM debian:12
RUN useradd -o -u 0 app
USER app
