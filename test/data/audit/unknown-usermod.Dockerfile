FROM debian:12
RUN useradd -u 10001 app
RUN usermod -o -u 0 app
USER app
