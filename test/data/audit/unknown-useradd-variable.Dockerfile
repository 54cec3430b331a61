FROM debian:12
RUN useradd -o -u $RANDOM app
USER app
